import type { Packages } from "../environment/schema";
import { quote, script } from "../lib/bash";
import { type Package, packageWords } from "./packages";

type Repository = Packages["repositories"][number];

/** The two files of a repository on a machine, and what stands in the one that names it. */
interface Files {
  key: string;
  list: string;
  /** @param key - Path of the key. */
  content: (repository: Repository, key: string) => string;
}

const files: Record<Packages["manager"], (name: string) => Files> = {
  // @see https://manpages.debian.org/bookworm/apt/sources.list.5.en.html: a suite that ends with / is the path of a flat repository.
  apt: (name) => ({
    key: `/etc/apt/keyrings/${name}.asc`,
    list: `/etc/apt/sources.list.d/${name}.sources`,
    content: ({ url }, key) =>
      ["Types: deb", `URIs: ${url}`, "Suites: /", `Signed-By: ${key}`].join("\n"),
  }),
  // @see https://github.com/vmware/tdnf, client/repolist.c
  tdnf: (name) => ({
    key: `/etc/pki/rpm-gpg/${name}.asc`,
    list: `/etc/yum.repos.d/${name}.repo`,
    content: ({ url }, key) =>
      [
        `[${name}]`,
        `name=${name}`,
        `baseurl=${url}`,
        "enabled=1",
        "gpgcheck=1",
        `gpgkey=file://${key}`,
      ].join("\n"),
  }),
};

/** Bash that writes the repositories, with the function of ssh/writeFunction.ts. Empty where the environment names none. */
export function useRepositories({ manager, repositories }: Packages): string {
  return repositories
    .map((repository) => {
      const { key, list, content } = files[manager](repository.name);
      return `write ${key} ${quote(repository.key)} || true
write ${list} ${quote(content(repository, key))} || true`;
    })
    .join("\n");
}

/**
 * Bash that ends with an error, before anything is changed, if a repository is not signed by its key, or no repository has a package in
 * its version. It works in a folder of its own and asks nothing where the packages are installed already. Of tdnf's repositories only the
 * metadata is read: what signs a package shows when it is installed. Empty where the environment names none.
 *
 * @param wanted - Packages that these repositories are for.
 */
export function repositoriesPreflight(packages: Packages, wanted: readonly Package[]): string {
  const { manager, repositories } = packages;
  if (repositories.length === 0) {
    return "";
  }
  const copies = repositories.map((repository) => {
    const { list, content } = files[manager](repository.name);
    const [key, copy] = [
      `$folder/${repository.name}.asc`,
      `$folder/lists/${list.split("/").at(-1)}`,
    ];
    const mark = "FOLDER";
    return `printf '%s\\n' ${quote(repository.key)} >"${key}"
  text=${quote(content(repository, `${mark}/${repository.name}.asc`))}
  printf '%s\\n' "\${text//${mark}/$folder}" >"${copy}"`;
  });
  return script(
    `repositories_have() {
  local folder text one all want
  folder=$(mktemp -d)
  mkdir -p "$folder/lists" "$folder/state/partial"
  ${copies.join("\n  ")}
  if ! ${readers[manager].refresh} >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    rm -rf "$folder"
    echo "$(hostname) cannot use a repository of site:packages.repositories; the reason stands above. Nothing was changed." >&2
    echo "Correct its url or its key, or open the way to it; then run the same command again." >&2
    return 1
  fi
  for one in "$@"; do
    want=\${one#*=}
    all=$(${readers[manager].versions} | sort --unique | paste --serial --delimiters=" ")
    if [[ -z $all || (-n $want && " $all " != *" $want "* && " $all " != *" $want-"*) ]]; then
      rm -rf "$folder"
      echo "no repository of site:packages.repositories has \${one%%=*}\${want:+ in version $want}; there are: \${all:-none}" >&2
      echo "Nothing was changed. Correct site:kubernetes.version or the pin, or the repository; then run the same command again." >&2
      return 1
    fi
  done
  rm -rf "$folder"
}`,
    `absent=()
for one in ${packageWords(packages, wanted)}; do
  ${readers[manager].installed} || absent+=("$one")
done
((\${#absent[@]} == 0)) || repositories_have "\${absent[@]}" || exit 1`,
  );
}

const APT = `-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/lists" -o Dir::State::Lists="$folder/state" -o Dir::Cache="$folder" -o APT::Sandbox::User=root`;
const TDNF = `--setopt=reposdir="$folder/lists" --setopt=cachedir="$folder/state"`;

/** How repositories are read in a folder of their own. `versions` prints one version a line. */
const readers: Record<Packages["manager"], Record<"refresh" | "versions" | "installed", string>> = {
  apt: {
    refresh: `apt-get update -q ${APT} -o APT::Update::Error-Mode=any`,
    versions: `apt-cache madison ${APT} "\${one%%=*}" | awk '{print $3}'`,
    installed: `dpkg-query --show "\${one%%=*}" >/dev/null 2>&1`,
  },
  tdnf: {
    refresh: `tdnf makecache --quiet ${TDNF}`,
    versions: `tdnf list available --quiet ${TDNF} "\${one%%=*}" | awk '{print $2}'`,
    installed: `rpm --query "\${one%%=*}" >/dev/null 2>&1`,
  },
};
