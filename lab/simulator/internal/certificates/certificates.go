// Package certificates makes the lab's certificate authority and the server's certificate.
package certificates

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// File names in the folder that Make fills.
const (
	AuthorityFile    = "ca.crt"
	AuthorityKeyFile = "ca.key"
	ServerFile       = "vcenter.crt"
	ServerKeyFile    = "vcenter.key"
)

const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	serverLifetime    = 365 * 24 * time.Hour
	renewBefore       = 30 * 24 * time.Hour
)

// Make makes the lab's certificate authority and a server certificate for the hosts (names
// and addresses) in a folder, keys with mode 0600. What is there and still good is left alone: a new
// authority makes a new server certificate, other hosts or a near end too.
func Make(directory string, hosts []string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	file := func(name string) string { return filepath.Join(directory, name) }
	authority, err := tls.LoadX509KeyPair(file(AuthorityFile), file(AuthorityKeyFile))
	if err != nil || time.Until(authority.Leaf.NotAfter) < renewBefore {
		template := &x509.Certificate{
			Subject:               pkix.Name{CommonName: "sitewright lab authority"},
			NotAfter:              time.Now().Add(authorityLifetime),
			KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
			BasicConstraintsValid: true,
			IsCA:                  true,
		}
		if authority, err = issue(template, nil, file(AuthorityFile), file(AuthorityKeyFile)); err != nil {
			return fmt.Errorf("certificate authority: %w", err)
		}
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: hosts[0]},
		NotAfter:    time.Now().Add(serverLifetime),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	server, err := tls.LoadX509KeyPair(file(ServerFile), file(ServerKeyFile))
	if err == nil && time.Until(server.Leaf.NotAfter) > renewBefore &&
		server.Leaf.CheckSignatureFrom(authority.Leaf) == nil &&
		slices.Equal(server.Leaf.DNSNames, template.DNSNames) &&
		slices.EqualFunc(server.Leaf.IPAddresses, template.IPAddresses, net.IP.Equal) {
		return nil
	}
	if _, err := issue(template, &authority, file(ServerFile), file(ServerKeyFile)); err != nil {
		return fmt.Errorf("server certificate: %w", err)
	}
	return nil
}

// issue signs a certificate (with itself when there is no issuer) and writes both files.
func issue(template *x509.Certificate, issuer *tls.Certificate, certificateFile, keyFile string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return tls.Certificate{}, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	parent, signer := template, crypto.PrivateKey(key)
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	certificatePEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedKey})
	if err := replaceFile(keyFile, keyPEM, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	if err := replaceFile(certificateFile, certificatePEM, 0o644); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificatePEM, keyPEM)
}

// replaceFile writes a file under another name and moves it into place.
func replaceFile(path string, content []byte, mode os.FileMode) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
