#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job, shown: what ./demo runs on the emulated host. Any step that fails ends it.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
set -e

say() {
	printf '\n\e[1m%s\e[0m\n' "$*"
}

show() {
	printf '\n$ %s\n' "$*"
	"$@"
}

# The two tools tell the same of each region.
agree() {
	local fields='map({region, resource, size, interleave_ways, interleave_granularity}) | sort_by(.region)'
	local ours theirs
	ours=$(cxlctl --json region list | json "$fields")
	theirs=$(cxl list -R | json "if type == \"array\" then . else [.] end | $fields")
	[ "$ours" = "$theirs" ] || {
		printf 'cxlctl and cxl do not agree:\n%s\n%s\n' "$ours" "$theirs"
		exit 1
	}
	echo "cxlctl region list and cxl list -R agree on name, resource, size, ways and granularity."
}

dpa_is_free() {
	local file
	for file in "$cxl_bus"/decoder*/dpa_size; do
		[ "$(($(<"$file")))" = 0 ] || {
			echo "$file: $(<"$file")"
			exit 1
		}
	done
	echo "No endpoint decoder holds DPA."
}

say "Linux $(uname -r), with two CXL host bridges and four memory devices; cxl-regiond runs as a service"
start_daemon
show cxlctl status
show cxlctl topology
say "What a two-way region takes: every write, before it is made"
show cxlctl region create --decoder "$(root_decoder 32,48)" --size 512M --dry-run serial=0xb1 serial=0xa1
say "A one-way region"
show cxlctl region create --decoder "$(root_decoder 32)" --size 256M serial=0xa1
show cxlctl region list
show cxl list -R
agree
show cxlctl region delete all
say "A two-way interleaved region: the daemon puts the targets into the order that the hardware needs"
show cxlctl region create --decoder "$(root_decoder 32,48)" --size 512M serial=0xb1 serial=0xa1
show cxlctl region list
show cxl list -R
agree
say "What would go wrong is refused, with a sentence, and nothing is left behind"
show cxlctl region create --decoder "$(root_decoder 32,48)" --size 300M || echo "(exit status $?)"
show cxlctl region create serial=0xa1 || echo "(exit status $?)"
say "Deleted, and all is as before"
show cxlctl region delete all
show cxlctl region list
dpa_is_free
say "Sixteen clients race to delete one region: one does, the others hear that it is gone"
show cxlctl region create --decoder "$(root_decoder 32,48)" --size 512M serial=0xb1 serial=0xa1
region=$(cxlctl --json region list | json '.[0] | "\(.region)@\(.generation)"')
racers=()
for ((i = 0; i < 16; i++)); do
	cxlctl region delete "$region" >"/tmp/racer.$i" 2>&1 &
	racers+=($!)
done
wait "${racers[@]}" || :
sed '/^See what/d' /tmp/racer.* | sort | uniq -c
[ "$(cat /tmp/racer.* | grep -c ': deleted$')" = 1 ]
dpa_is_free
say "A memory device loses its driver under a region: the daemon tells, and deletes the ghost that the kernel leaves"
show cxlctl region create --decoder "$(root_decoder 32)" --size 256M serial=0xa2
echo
echo "# echo $(memdev 0xa2) >/sys/bus/cxl/drivers/cxl_mem/unbind"
echo "$(memdev 0xa2)" >/sys/bus/cxl/drivers/cxl_mem/unbind
no_region() { [ "$(regions)" = 0 ]; }
wait_for 10 no_region
show cxlctl status
show cxlctl jobs
say "All of the daemon is killed in the middle of a create, and the next one puts the host in order"
half_built() { [ "$(regions)" = 1 ]; }
hold_writes 6 600
cxlctl region create --decoder "$(root_decoder 32,48)" --size 512M &
client=$!
wait_for 20 half_built
show systemctl kill --signal=KILL --kill-whom=all cxl-regiond.service
release_writes
wait $client || echo "(exit status $?)"
wait_for 20 cxlctl status
show cxlctl status
half_built && exit 1
dpa_is_free
