import { script } from "../../lib/bash";
import { waitForDatabase } from "./databaseFiles";
import { PORTS } from "./names";

/** The local home, CONFLUENCE_HOME of Confluence's image. */
export const HOME_FOLDER = "/var/atlassian/application-data/confluence";

/** CONFLUENCE_INSTALL_DIR of Confluence's image. */
export const INSTALL_FOLDER = "/opt/atlassian/confluence";

/** Where prepare.sh is. */
export const FILES_FOLDER = "/etc/confluence";

/** Which address people use. */
export interface ServerXmlArgs {
  /** Public host name. */
  host: string;
}

/**
 * server.xml of Confluence's Tomcat, behind an ingress that ends TLS.
 *
 * The image's entrypoint makes this file of ATL_PROXY_NAME and its like, but only as root: as user 2002, which level restricted
 * asks for, it logs "Permission problem writing" and goes on with a file that knows of no proxy. Atlassian's chart mounts one
 * for that case as well (`tomcatConfig.generateByHelm`). The values besides the connector's are those of the image's template.
 */
export function serverXml({ host }: ServerXmlArgs): string {
  const context = (path: string, base: string, manager: string) =>
    `        <Context path="${path}" docBase="../${base}" debug="0" reloadable="false" useHttpOnly="true">
${manager}          <Valve className="org.apache.catalina.valves.StuckThreadDetectionValve" threshold="60"/>
        </Context>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<Server port="8000" shutdown="SHUTDOWN">
  <Listener className="org.apache.catalina.startup.VersionLoggerListener"/>
  <Listener className="org.apache.catalina.core.JreMemoryLeakPreventionListener"/>
  <Listener className="org.apache.catalina.mbeans.GlobalResourcesLifecycleListener"/>
  <Listener className="org.apache.catalina.core.ThreadLocalLeakPreventionListener"/>
  <Service name="Catalina">
    <Connector port="${PORTS.confluence}" protocol="HTTP/1.1"
               scheme="https" secure="true" proxyName="${host}" proxyPort="443"
               maxThreads="100" minSpareThreads="10" acceptCount="10" connectionTimeout="20000"
               enableLookups="false" redirectPort="8443" bindOnInit="false" maxHttpHeaderSize="8192"
               useBodyEncodingForURI="true" disableUploadTimeout="true"
               relaxedPathChars="[]|" relaxedQueryChars="[]|{}^\\\`&quot;&lt;&gt;"/>
    <Engine name="Standalone" defaultHost="localhost" debug="0">
      <Host name="localhost" debug="0" appBase="webapps" unpackWARs="true" autoDeploy="false" startStopThreads="4">
${context("", "confluence", '          <Manager pathname=""/>\n')}
${context("${confluence.context.path}/synchrony-proxy", "synchrony-proxy", "")}
      </Host>
    </Engine>
  </Service>
</Server>
`;
}

/**
 * prepare.sh, which runs before Confluence in every new pod, in PostgreSQL's image:
 *
 * - waits for the database. A Confluence that finds none at its start stays in state ERROR until it is restarted;
 * - carries address, user and password of the database into confluence.cfg.xml. The entrypoint makes that file once, at the
 *   very first start, and with ATL_FORCE_CFG_UPDATE would write it again, with setup to be done again (data-center-helm-charts
 *   #966); without this a new password would never arrive.
 */
export function prepareHomeScript(): string {
  return script(
    "set -eu\numask 077\nexport LC_ALL=C",
    waitForDatabase(),
    `file="$CONFLUENCE_HOME/confluence.cfg.xml"
if test ! -e "$file"; then
  echo "There is no $file yet: the image makes it."
  exit 0
fi`,
    `# property NAME VALUE: sets it in $line. The values have no character that means something to XML.
property() {
  case "$2" in
    *[\\&\\<\\>]*)
      echo "The value of $1 cannot stand in $file as it is." >&2
      exit 1
      ;;
  esac
  before="\${line%%"<property name=\\"$1\\">"*}"
  if test "$before" != "$line"; then
    after="\${line#*"<property name=\\"$1\\">"}"
    line="$before<property name=\\"$1\\">$2</property>\${after#*"</property>"}"
    count=$((count + 1))
  fi
}
count=0
encrypted=no
while IFS= read -r line || test -n "$line"; do
  case "$line" in
    *'<property name="jdbc.password.decrypter.classname">'*) encrypted=yes ;;
  esac
  property hibernate.connection.url "$ATL_JDBC_URL"
  property hibernate.connection.username "$ATL_JDBC_USER"
  property hibernate.connection.password "$ATL_JDBC_PASSWORD"
  printf '%s\\n' "$line"
done <"$file" >"$file.new"
if test "$count" -ne 3 || test "$encrypted" = yes; then
  rm "$file.new"
  echo "$file has $count of 3 properties of the database's connection, encrypted: $encrypted. It is left as it is." >&2
  exit 0
fi
# Whole or not at all: it also has what Confluence has written into it.
mv "$file.new" "$file"
echo "$file has the database's present address, user and password."`,
  );
}
