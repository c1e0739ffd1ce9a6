"""Reads a visible digital seal as ICAO Doc 9303-13 and 9303-7 describe it, and
prints what it says; written apart from Chancery, so that it shares no mistake
with it. It needs Python 3 and openssl, and nothing else.

    sealcheck.py SEAL SIGNER.pem AUTHORITY.pem

SEAL holds the bytes of the code, as a Data Matrix reader gives them. It ends
with 0 when the signature is that of the signer and the signer's certificate that
of the authority, with 1 when not."""
import json
import pathlib
import subprocess
import sys
import tempfile

LETTERS = {3: " "} | {4 + i: c for i, c in enumerate("0123456789")} | {14 + i: c for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def c40(data):
    text = ""
    while data:
        pair, data = data[:2], data[2:]
        if pair[0] == 254:
            text += chr(pair[1] - 1)
            continue
        number = int.from_bytes(pair, "big") - 1
        for value in (number // 1600, number % 1600 // 40, number % 40):
            text += LETTERS.get(value, "")
    return text


def date(data):
    digits = f"{int.from_bytes(data, 'big'):08d}"
    return f"{digits[4:]}-{digits[:2]}-{digits[2:4]}"


def length(data):
    if data[0] < 128:
        return data[0], 1
    count = data[0] - 128
    return int.from_bytes(data[1 : 1 + count], "big"), 1 + count


def integer(data):
    data = data.lstrip(b"\0") or b"\0"
    if data[0] >= 128:
        data = b"\0" + data
    return b"\x02" + bytes([len(data)]) + data


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True).returncode == 0


def main(path, signer, authority):
    seal = pathlib.Path(path).read_bytes()
    if seal[:2] != b"\xdc\x03":
        sys.exit("no seal of version 4")
    said = {"issuer": c40(seal[2:4]).rstrip()}
    head = c40(seal[4:8])
    size = int(head[4:], 16)
    at = 8 + (size + 2) // 3 * 2
    said |= {"signer": head[:4], "certificate": c40(seal[8:at])}
    said |= {"issued": date(seal[at : at + 3]), "signed": date(seal[at + 3 : at + 6]), "kind": seal[at + 6 : at + 8].hex()}
    at += 8
    while True:
        tag, (size, used) = seal[at], length(seal[at + 1 :])
        value = seal[at + 1 + used : at + 1 + used + size]
        if tag == 255:
            break
        at += 1 + used + size
        name = {1: "mrv-a", 2: "mrv-b", 3: "entries", 4: "stay", 5: "passport", 6: "type"}[tag]
        if tag in (1, 2):
            said[name] = c40(value).replace(" ", "<")
        elif tag == 5:
            said[name] = c40(value).rstrip()
        else:
            said[name] = list(value)
    pair = integer(value[: size // 2]) + integer(value[size // 2 :])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "signed").write_bytes(seal[:at])
        (folder / "signature").write_bytes(b"\x30" + bytes([len(pair)]) + pair)
        key = subprocess.run(["openssl", "x509", "-in", signer, "-noout", "-pubkey"], capture_output=True, check=True).stdout
        (folder / "key.pem").write_bytes(key)
        genuine = openssl("dgst", "-sha256", "-verify", str(folder / "key.pem"), "-signature", str(folder / "signature"), str(folder / "signed"))
    said["signature"] = genuine
    said["chain"] = openssl("verify", "-no_check_time", "-CAfile", authority, signer)
    print(json.dumps(said))
    sys.exit(0 if said["signature"] and said["chain"] else 1)


main(*sys.argv[1:])
