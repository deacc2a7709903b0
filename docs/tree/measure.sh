#!/bin/bash
# What a tree of depth 2 saves the source host: runs yjoint to 4 and to 8 leaves over ssh, directly and through two relays, and prints
# a table in Markdown. Every host is a network namespace with an sshd of its own and a link of $RATE in each direction, all on this
# machine; nothing outside of them and of a temporary folder is changed. Needs root, ip, tc, sshd, ssh and Go.
#
#     docs/tree/measure.sh                  32 MiB over 100 Mbit/s, the medians of 3 rounds: some minutes
#     RATE=1gbit SIZE=128M ROUNDS=1 docs/tree/measure.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
RATE=${RATE:-100mbit} SIZE=${SIZE:-32M} ROUNDS=${ROUNDS:-3}
prefix=yjtree$$ net=10.213.77

for tool in ip tc ssh ssh-keygen go; do
  command -v $tool >/dev/null || { echo "$0: $tool is missing" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "$0: network namespaces need root" >&2; exit 1; }
sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || { echo "$0: sshd is missing" >&2; exit 1; }

work=$(mktemp -d)
daemons=()
cleanup() {
  [ ${#daemons[@]} = 0 ] || kill "${daemons[@]}" 2>/dev/null || true
  wait
  for host in hub "${hosts[@]}"; do ip netns del $prefix-$host 2>/dev/null || true; done
  rm -rf "$work"
}
hosts=(source r1 r2 a b c d e f g h)
trap cleanup EXIT
trap 'exit 130' INT TERM

# on HOST COMMAND...: there.
on() { local host=$1; shift; ip netns exec $prefix-$host "$@"; }

# limit HOST LINK: what goes out by that link is held to the rate.
limit() { on $1 tc qdisc add dev $2 root tbf rate $RATE burst 512kb latency 50ms; }

# The hub is a switch; each host has one link to it.
wire() {
  ip netns add $prefix-hub
  on hub ip link add br0 type bridge
  on hub ip link set br0 up
  local n=0 host
  for host in "${hosts[@]}"; do
    n=$((n + 1))
    ip netns add $prefix-$host
    on hub ip link add p-$host type veth peer name eth0 netns $prefix-$host
    on hub ip link set p-$host master br0 up
    on $host ip addr add $net.$n/24 dev eth0
    on $host ip link set lo up
    on $host ip link set eth0 up
    limit $host eth0
    limit hub p-$host
    printf 'Host %s\nHostName %s.%d\n' $host $net $n >>"$work/client"
  done
  cat >>"$work/client" <<END
Host *
IdentityFile $work/key
IdentitiesOnly yes
IdentityAgent none
BatchMode yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
END
}

serve() {
  mkdir -p -m 755 /run/sshd "$work/bin"
  ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  go build -o "$work/bin" ./cmd/yjoint
  printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$(command -v ssh)" "$work/client" >"$work/bin/ssh"
  # feed LEAF...: standard input to these, at the source or on a relay.
  cat >"$work/bin/feed" <<'END'
#!/bin/sh
for leaf; do
  set -- "$@" -x "ssh $leaf 'cat >/dev/null'"
  shift
done
exec yjoint "$@"
END
  chmod +x "$work/bin/ssh" "$work/bin/feed"
  cat >"$work/server" <<END
HostKey $work/key
AuthorizedKeysFile $work/key.pub
SetEnv PATH=$work/bin:$PATH
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
MaxStartups 100
END
  for host in "${hosts[@]:1}"; do
    : >"$work/sshd-$host"
    ip netns exec $prefix-$host "$sshd" -D -e -f "$work/server" 2>>"$work/sshd-$host" &
    daemons+=($!)
    until grep -q '^Server listening' "$work/sshd-$host"; do
      kill -0 ${daemons[-1]} || { echo "sshd of $host:" >&2; cat "$work/sshd-$host" >&2; exit 1; }
      sleep 0.05
    done
  done
}

# measure NAME COMMAND: a row of the raw table: name, bytes out of the source, CPU and wall time in seconds of its yjoint and its ssh.
measure() {
  local before after
  before=$(on source cat /sys/class/net/eth0/statistics/tx_bytes)
  on source env PATH="$work/bin:$PATH" bash -c "TIMEFORMAT='%R %U %S'; time $2 <'$work/payload'" 2>"$work/times" ||
    { cat "$work/times" >&2; exit 1; }
  after=$(on source cat /sys/class/net/eth0/statistics/tx_bytes)
  tail -1 "$work/times" | awk -v name="$1" -v bytes=$((after - before)) '{ print name "\t" bytes "\t" $2 + $3 "\t" $1 }' >>"$work/raw"
}

wire
serve
head -c $SIZE /dev/urandom >"$work/payload"
for _ in $(seq $ROUNDS); do
  measure '4 leaves, directly' 'feed a b c d'
  measure '4 leaves, by 2 relays' "yjoint -x 'ssh r1 feed a b' -x 'ssh r2 feed c d'"
  measure '8 leaves, directly' 'feed a b c d e f g h'
  measure '8 leaves, by 2 relays' "yjoint -x 'ssh r1 feed a b c d' -x 'ssh r2 feed e f g h'"
done

echo "$(ssh -V 2>&1), $(PATH=$work/bin:$PATH yjoint --version), Linux $(uname -r), $(nproc) × $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
echo
echo "| $(wc -c <"$work/payload") bytes over $RATE | bytes out of the source | its CPU | until all have it |"
echo '|---|---|---|---|'
cut -f1 "$work/raw" | awk '!seen[$0]++' | while read -r name; do
  # median COLUMN
  median() { grep -F "$name	" "$work/raw" | cut -f$1 | sort -n | sed -n "$(((ROUNDS + 1) / 2))p"; }
  printf '| %s | %d | %.2f s | %.1f s |\n' "$name" "$(median 2)" "$(median 3)" "$(median 4)"
done
