package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// StartServer starts a PostgreSQL server with an empty cluster, which ends
// with this process or when stop is called. With durable false the cluster
// does not wait for the disk, which is all that a test of behaviour needs; a
// benchmark asks for true.
func StartServer(durable bool) (url string, stop func(), err error) {
	bin, err := programs()
	if err != nil {
		return startEmbedded()
	}
	removeOldClusters()
	dir, err := os.MkdirTemp("", clusters)
	if err != nil {
		return "", nil, err
	}
	credential, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir = dir
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	args := []string{"-D", data, "-k", dir, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "shared_buffers=128MB"}
	if !durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	// SIGQUIT at this process's end: a test that is killed leaves no server behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGQUIT}
	if err := startOnLastingThread(cmd); err != nil {
		return "", nil, fmt.Errorf("start postgres: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	url = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := await(url); err != nil {
		text, _ := os.ReadFile(log.Name())
		stop()
		return "", nil, fmt.Errorf("%w: %s", err, text)
	}
	return url, stop, nil
}

const clusters = "chancery-pg-"

// removeOldClusters clears up after test processes, which end without a moment
// for it: what they left is 40 MB a package. No test lasts an hour.
func removeOldClusters() {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), clusters+"*"))
	for _, dir := range found {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > time.Hour && !running(dir) {
			_ = os.RemoveAll(dir)
		}
	}
}

// running says whether a server lives in the cluster, or may.
func running(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	return err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// startOnLastingThread starts cmd from an operating-system thread that lives
// as long as the process: the kernel sends Pdeathsig when that thread ends.
func startOnLastingThread(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}

// programs finds the folder with initdb and postgres, the newest version first.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return len(found[i]) > len(found[j]) || found[i] > found[j] })
	for _, f := range found {
		return filepath.Dir(f), nil
	}
	if f, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(f), nil
	}
	return "", errors.New("no PostgreSQL programs here: install the package postgresql, or set CHANCERY_TEST_PG")
}

// unprivileged gives whom to run PostgreSQL as, which refuses root, and hands
// the folder to that user; nil when this process is not root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func await(url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func startEmbedded() (string, func(), error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	pg := embedded.NewDatabase(embedded.DefaultConfig().Port(uint32(port)))
	if err := pg.Start(); err != nil {
		return "", nil, fmt.Errorf("no PostgreSQL programs here, and the embedded one did not start; install the package postgresql or set CHANCERY_TEST_PG: %w", err)
	}
	return fmt.Sprintf("postgres://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable", port),
		func() { _ = pg.Stop() }, nil
}
