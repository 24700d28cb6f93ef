package remote

import "github.com/pulumi/pulumi-go-provider/infer"

// Defaults of a connection.
const (
	defaultUser           = "root"
	defaultPort           = 22
	defaultDialErrorLimit = 10
	defaultPerDialTimeout = 15

	// unlimited as dialErrorLimit means that only the context of the operation ends the dialling.
	unlimited = -1
)

// Connection says how to reach a host, and through which proxy if any.
type Connection struct {
	Host               *string          `pulumi:"host"`
	Port               *float64         `pulumi:"port,optional"`
	User               *string          `pulumi:"user,optional"`
	Password           *string          `pulumi:"password,optional" provider:"secret"`
	PrivateKey         *string          `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string          `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string          `pulumi:"agentSocketPath,optional"`
	HostKey            *string          `pulumi:"hostKey,optional"`
	DialErrorLimit     *int             `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int             `pulumi:"perDialTimeout,optional"`
	Proxy              *ProxyConnection `pulumi:"proxy,optional"`
}

// ProxyConnection says how to reach a jump host. It has the fields of a connection but its own proxy.
type ProxyConnection struct {
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
}

const (
	userText       = "The user to log in as. Default: root."
	portText       = "The TCP port of the SSH server. Default: 22."
	passwordText   = "The password of the user. A refused password is never tried again."
	privateKeyText = "The private key, OpenSSH or PEM. It is offered before the password."
	passphraseText = "The passphrase of an encrypted `privateKey`."
	agentText      = "The socket of an SSH agent. Default, if there is no `privateKey`: SSH_AUTH_SOCK."
	hostKeyText    = "The public key the host has to present, in authorized_keys format: `ssh-ed25519 AAAA… comment`. " +
		"Any other key ends the operation at once, before anything is sent. Absent: every key is accepted."
	dialLimitText   = "How many failed dials are tolerated; the next one is final. -1: no limit. Default: 10."
	dialTimeoutText = "Seconds for one dial including handshake and authentication. 0: no limit. Default: 15."
)

// Annotate implements infer.Annotated.
func (c *Connection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to connect to a remote host.")
	a.Describe(&c.Host, "The address or name of the host.")
	a.Describe(&c.Port, portText)
	a.Describe(&c.User, userText)
	a.Describe(&c.Password, passwordText)
	a.Describe(&c.PrivateKey, privateKeyText)
	a.Describe(&c.PrivateKeyPassword, passphraseText)
	a.Describe(&c.AgentSocketPath, agentText)
	a.Describe(&c.HostKey, hostKeyText)
	a.Describe(&c.DialErrorLimit, dialLimitText)
	a.Describe(&c.PerDialTimeout, dialTimeoutText)
	a.Describe(&c.Proxy, "The jump host through which to connect.")
	a.SetDefault(&c.Port, float64(defaultPort))
	a.SetDefault(&c.User, defaultUser)
	a.SetDefault(&c.DialErrorLimit, defaultDialErrorLimit)
	a.SetDefault(&c.PerDialTimeout, defaultPerDialTimeout)
}

// Annotate implements infer.Annotated.
func (c *ProxyConnection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to connect to a jump host.")
	a.Describe(&c.Host, "The address or name of the jump host.")
	a.Describe(&c.Port, portText)
	a.Describe(&c.User, userText)
	a.Describe(&c.Password, passwordText)
	a.Describe(&c.PrivateKey, privateKeyText)
	a.Describe(&c.PrivateKeyPassword, passphraseText)
	a.Describe(&c.AgentSocketPath, agentText)
	a.Describe(&c.HostKey, hostKeyText)
	a.Describe(&c.DialErrorLimit, dialLimitText)
	a.Describe(&c.PerDialTimeout, dialTimeoutText)
	a.SetDefault(&c.Port, float64(defaultPort))
	a.SetDefault(&c.User, defaultUser)
	a.SetDefault(&c.DialErrorLimit, defaultDialErrorLimit)
	a.SetDefault(&c.PerDialTimeout, defaultPerDialTimeout)
}
