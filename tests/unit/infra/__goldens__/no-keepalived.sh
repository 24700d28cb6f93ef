systemctl disable --quiet --now keepalived
rm -f /etc/keepalived/keepalived.conf /usr/local/sbin/haproxy-serves /etc/sysctl.d/90-virtual-address.conf
