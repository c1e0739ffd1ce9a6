package queue

import "sync"

// hub tells the screens of this process that a post's day has changed. Who is
// slow misses nothing but repetition: a bell that was rung and not heard yet
// need not be rung again.
type hub struct {
	mu    sync.Mutex
	bells map[string]map[chan struct{}]bool
}

func newHub() *hub { return &hub{bells: map[string]map[chan struct{}]bool{}} }

// mostScreens bounds how many screens of one post hear of changes at once: the
// board's address is public. Who comes later asks by itself now and then.
const mostScreens = 300

// listen gives nil for news when there are mostScreens already.
func (h *hub) listen(postID string) (news <-chan struct{}, stop func()) {
	bell := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.bells[postID]) >= mostScreens {
		return nil, nil
	}
	if h.bells[postID] == nil {
		h.bells[postID] = map[chan struct{}]bool{}
	}
	h.bells[postID][bell] = true
	return bell, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.bells[postID], bell)
	}
}

func (h *hub) tell(postID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for bell := range h.bells[postID] {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}
