package post

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Near lists up to n active posts by great-circle distance from a point in
// WGS 84 degrees, nearest first.
func (s *Service) Near(ctx context.Context, latitude, longitude float64, n int) ([]Nearby, error) {
	posts, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]Nearby, len(posts))
	for i, p := range posts {
		found[i] = Nearby{Post: p, Kilometres: distance(latitude, longitude, p.Latitude, p.Longitude)}
	}
	slices.SortStableFunc(found, func(a, b Nearby) int { return cmp.Compare(a.Kilometres, b.Kilometres) })
	return found[:max(0, min(n, len(found)))], nil
}

// earthRadius is the mean radius in kilometres (IUGG).
const earthRadius = 6371.0088

// distance is the great-circle distance in kilometres, by the haversine formula.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	half := func(x float64) float64 { s := math.Sin(x / 2); return s * s }
	h := half(rad(lat2-lat1)) + math.Cos(rad(lat1))*math.Cos(rad(lat2))*half(rad(lon2-lon1))
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}

// queryLimit is how much of a search is looked at, in bytes.
const queryLimit = 200

// Search finds active posts by the beginnings of words in the names of city,
// country and post, in any language of the product, with or without marks on
// the letters. Cities come before countries, those before the rest. An empty
// query finds all.
func (s *Service) Search(ctx context.Context, text string) ([]Post, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	wanted := split(text[:min(len(text), queryLimit)])
	type hit struct {
		post Post
		rank int
	}
	var hits []hit
	for i, p := range snap.posts {
		if !p.Active || !matches(snap.words[i], wanted) {
			continue
		}
		whole := strings.Join(wanted, " ")
		rank := slices.IndexFunc(snap.words[i], func(name string) bool { return strings.HasPrefix(name, whole) })
		if rank < 0 {
			rank = len(snap.words[i])
		} else if rank < len(p.City) {
			rank = 0
		} else {
			rank = 1
		}
		hits = append(hits, hit{p, rank})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	posts := make([]Post, len(hits))
	for i, h := range hits {
		posts[i] = h.post
	}
	return posts, nil
}

// matches says whether each wanted word begins some word of some name.
func matches(names, wanted []string) bool {
	for _, w := range wanted {
		found := slices.ContainsFunc(names, func(name string) bool {
			return strings.HasPrefix(name, w) || strings.Contains(name, " "+w)
		})
		if !found {
			return false
		}
	}
	return true
}

// letters that Unicode does not take apart into a base and a mark.
var plain = strings.NewReplacer("ə", "e", "ı", "i", "ø", "o", "ł", "l", "đ", "d", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d")

// split folds a text to small letters without marks and cuts it into words.
func split(text string) []string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.FieldsFunc(plain.Replace(b.String()), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
