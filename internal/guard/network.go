package guard

import "net/netip"

// Network is a sender's network as two keyed hashes: Near is one household or
// office (an IPv4 address, an IPv6 /64), Wide its surroundings (an IPv4 /24,
// an IPv6 /48). The address itself is not kept. The zero value stands for no
// network at all, such as bookings made by staff, and is never limited.
type Network struct{ Near, Wide string }

// Network hashes a client's address, which package web has found by believing
// configured proxies only.
func (g *Guard) Network(addr netip.Addr) Network {
	if !addr.IsValid() {
		return Network{}
	}
	addr = addr.Unmap().WithZone("")
	near, wide := 64, 48
	if addr.Is4() {
		near, wide = 32, 24
	}
	return Network{Near: g.networkKey(addr, near), Wide: g.networkKey(addr, wide)}
}

func (g *Guard) networkKey(addr netip.Addr, bits int) string {
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return "" // bits fit every valid address
	}
	return g.ring.LookupKey("network", prefix.String())
}
