# agent: the servers, to register themselves
node_prefix "consul-" { policy = "write" }
service_prefix "" { policy = "read" }

# dns: answers of the DNS, for those who have no token
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }

# traefik: Traefik, to read its certificates
key_prefix "traefik/" { policy = "read" }

# kv-writer: the tasks that write certificates
key_prefix "traefik/tls/certificates/" { policy = "write" }

# ui: operators, to look around in the UI
key_prefix "" { policy = "read" }
key_prefix "traefik/tls/certificates/" { policy = "deny" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
session_prefix "" { policy = "read" }
operator = "read"
