package pades

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/smallstep/pkcs7"
)

// Attributes of RFC 5035 (signing-certificate-v2) and RFC 3161, appendix A.
var (
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStampToken       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

// essCertID names a certificate by its SHA-256, the default of RFC 5035; names
// of issuers are left out, as the hash says it all.
type essCertID struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
	Issuer    asn1.RawValue `asn1:"optional"`
}

type signingCertificateV2 struct {
	Certificates []essCertID
	Policies     asn1.RawValue `asn1:"optional"`
}

// later stands for a key while the CMS library gathers attributes: it always
// adds a signing time, which is taken out again before the key is asked.
type later struct{ public crypto.PublicKey }

func (l later) Public() crypto.PublicKey { return l.public }

// Sign gives no signature; crypto.Signer wants it.
func (l later) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, nil }

// stamp gives a time-stamp token (RFC 3161) of what it is handed.
type stamp func(signature []byte) ([]byte, error)

// detached writes the CMS signature of content (RFC 5652) as ETSI EN 319 122-1
// has it: content-type, message-digest and signing-certificate-v2 are signed.
// seal may be nil.
func detached(content []byte, by Signer, seal stamp) ([]byte, error) {
	sum := sha256.Sum256(by.Certificate.Raw)
	sd, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, fmt.Errorf("begin a CMS signature: %w", err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := sd.AddSignerChain(by.Certificate, later{by.Certificate.PublicKey}, by.Chain, pkcs7.SignerInfoConfig{
		ExtraSignedAttributes: []pkcs7.Attribute{{Type: oidSigningCertificateV2, Value: signingCertificateV2{Certificates: []essCertID{{Hash: sum[:]}}}}},
	}); err != nil {
		return nil, fmt.Errorf("describe the signer: %w", err)
	}
	info := &sd.GetSignedData().SignerInfos[0]
	for i, a := range info.AuthenticatedAttributes {
		if a.Type.Equal(pkcs7.OIDAttributeSigningTime) {
			info.AuthenticatedAttributes = slices.Delete(info.AuthenticatedAttributes, i, i+1)
			break
		}
	}
	if _, isRSA := by.Certificate.PublicKey.(*rsa.PublicKey); isRSA {
		info.DigestEncryptionAlgorithm.Parameters = asn1.NullRawValue // RFC 4055, 5
	}
	attributes, err := asn1.MarshalWithParams(info.AuthenticatedAttributes, "set")
	if err != nil {
		return nil, fmt.Errorf("write signed attributes: %w", err)
	}
	toSign := sha256.Sum256(attributes)
	if info.EncryptedDigest, err = by.Key.Sign(rand.Reader, toSign[:], crypto.SHA256); err != nil {
		return nil, fmt.Errorf("sign a document: %w", err)
	}
	if seal != nil {
		token, err := seal(info.EncryptedDigest)
		if err != nil {
			return nil, err
		}
		if err := info.SetUnauthenticatedAttributes([]pkcs7.Attribute{{Type: oidTimeStampToken, Value: asn1.RawValue{FullBytes: token}}}); err != nil {
			return nil, fmt.Errorf("add a time stamp: %w", err)
		}
	}
	sd.Detach()
	der, err := sd.Finish()
	if err != nil {
		return nil, fmt.Errorf("write a CMS signature: %w", err)
	}
	return der, nil
}

// signed is what a CMS signature says of itself.
type signed struct {
	certificate  *x509.Certificate
	certificates []*x509.Certificate
	// intact: the signed attributes were signed by the certificate.
	intact bool
	// digest and hash are what the content must have.
	digest []byte
	hash   crypto.Hash
	value  []byte // of the signature, which a time stamp covers
	token  []byte // nil without a time stamp
}

var errCMS = errors.New("pades: the signature is not CMS as PAdES has it")

// digest gives the hash of an algorithm, 0 for those that are not accepted.
func digest(algorithm asn1.ObjectIdentifier) crypto.Hash {
	switch {
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256):
		return crypto.SHA256
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA384):
		return crypto.SHA384
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA512):
		return crypto.SHA512
	}
	return 0
}

// parse reads a CMS signature with one signer, signed attributes and nothing
// enclosed; SHA-1 and older are refused.
func parse(der []byte) (*signed, error) {
	p7, err := pkcs7.Parse(der)
	if err != nil || len(p7.Signers) != 1 || len(p7.Content) != 0 {
		return nil, errCMS
	}
	info := p7.Signers[0]
	s := &signed{certificate: p7.GetOnlySigner(), certificates: p7.Certificates, value: info.EncryptedDigest}
	if s.certificate == nil {
		return nil, errCMS
	}
	s.hash = digest(info.DigestAlgorithm.Algorithm)
	var kind asn1.ObjectIdentifier
	var names signingCertificateV2
	if s.hash == 0 || p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeMessageDigest, &s.digest) != nil ||
		p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &kind) != nil || !kind.Equal(pkcs7.OIDData) ||
		p7.UnmarshalSignedAttribute(oidSigningCertificateV2, &names) != nil || !names.first(s.certificate) {
		return nil, errCMS
	}
	seen := map[string]bool{}
	for _, a := range info.AuthenticatedAttributes {
		if seen[a.Type.String()] {
			return nil, errCMS // readers would differ in which one they take
		}
		seen[a.Type.String()] = true
	}
	attributes, err := asn1.MarshalWithParams(info.AuthenticatedAttributes, "set")
	if err != nil {
		return nil, errCMS
	}
	s.intact = s.signs(attributes)
	for _, a := range info.UnauthenticatedAttributes {
		if a.Type.Equal(oidTimeStampToken) {
			s.token = a.Value.Bytes
		}
	}
	return s, nil
}

// signs says whether the certificate's key signed the attributes.
func (s *signed) signs(attributes []byte) bool {
	h := s.hash.New()
	h.Write(attributes)
	switch key := s.certificate.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, h.Sum(nil), s.value)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, s.hash, h.Sum(nil), s.value) == nil
	}
	return false
}

// first says whether the first name is that of the certificate (RFC 5035, 5.4).
func (v signingCertificateV2) first(c *x509.Certificate) bool {
	if len(v.Certificates) == 0 {
		return false
	}
	name := v.Certificates[0]
	hash := crypto.SHA256
	if name.Algorithm.Algorithm != nil {
		hash = digest(name.Algorithm.Algorithm)
	}
	if hash == 0 {
		return false
	}
	h := hash.New()
	h.Write(c.Raw)
	return bytes.Equal(h.Sum(nil), name.Hash)
}
