// Package postweb holds the public pages of services, the administrators' pages
// of posts, and the API operations of both.
//
// It may import web and web/api, and the rooms audit, catalogue, country,
// fault, locale and post.
package postweb
