#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is refused: each with its own exit status and a sentence, and the host as before.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

a=$(root_decoder 32)
ab=$(root_decoder 32,48)
a1=$(memdev 0xa1) a2=$(memdev 0xa2) b1=$(memdev 0xb1)
uuid=86077512-4a84-4dc1-b4ce-d7a3e2797808

refused 7 NoDaemon "no daemon" region list
start_daemon

for size in 1 255M 256M 300M 768M 513MiB; do
	refused 2 InvalidRequest "a two-way region of $size" region create -d "$ab" -s $size
done
refused 4 NoCapacity "more DPA than there is" region create -d "$a" -s 2G "$a1"
refused 4 NoCapacity "more HPA than there is" region create -d "$a" -s 1T
for number in 0 -1 12junk '' 99999999999999999999999 1e9 0x 16777216T; do
	refused 2 InvalidRequest "a size of '$number'" region create -d "$a" -s "$number"
	refused 2 InvalidRequest "'$number' ways" region create -d "$a" -w "$number"
	refused 2 InvalidRequest "a granularity of '$number'" region create -d "$a" -g "$number"
done
refused 2 InvalidRequest "a granularity of 300" region create -d "$a" -g 300
refused 2 InvalidRequest "a granularity that the root decoder has not" region create -d "$ab" -g 512
refused 3 NotFound "an unknown decoder" region create -d decoder9.9
refused 2 InvalidRequest "a decoder that is no root's" region create -d decoder1.0
refused 2 InvalidRequest "a decoder's name that is a path" region create -d ../../etc
refused 3 NotFound "an unknown memdev" region create mem99
refused 3 NotFound "an unknown serial" region create serial=0xdead
refused 3 NotFound "an unknown region" region delete region99
refused 3 NotFound "an unknown region" region enable region99
refused 3 NotFound "an unknown region" region list region99
refused 2 InvalidRequest "a region's name that is a path" region delete ../region0
refused 2 InvalidRequest "a memdev outside the decoder's window" region create -d "$a" "$b1"
refused 2 InvalidRequest "three ways on a two-way root" region create -d "$ab" -w 3
refused 2 InvalidRequest "ways unequal to the named memdevs" region create -d "$ab" -w 2 "$a1"
refused 2 InvalidRequest "the same memdev twice" region create -d "$ab" "$a1" "$a1"
refused 2 InvalidRequest "the same memdev by name and by serial" region create -d "$ab" "$a1" serial=0xa1
refused 2 InvalidRequest "memdevs of one bridge on a two-way root" region create -d "$ab" "$a1" "$a2"
refused 2 InvalidRequest "ram on a pmem-only device" region create -d "$a" -t ram "$a1"
refused 2 InvalidRequest "an unknown type" region create -t disk
refused 2 InvalidRequest "a uuid with ram" region create -d "$a" -t ram -U $uuid
refused 2 InvalidRequest "a bad uuid" region create -U 86077512
refused 2 InvalidRequest "a uuid of zeros" region create -U 00000000-0000-0000-0000-000000000000
refused 2 InvalidRequest "an unknown option" region create --frobnicate

# Not root: reads, and nothing else.
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups cxlctl "$@"; }
succeeds "another user may look" as_nobody region list
for command in "region create" "region delete region0" "region disable region0" "region enable region0"; do
	# shellcheck disable=SC2086
	as_nobody --json $command >/dev/null 2>/tmp/error
	is "$? $(json .error </tmp/error)" "6 NotPermitted" "another user may not: $command"
done
mkdir -p /etc/cxl-regiond/cxl-regiond.conf.d
printf '[Access]\nRegionGroup=users\n' >/etc/cxl-regiond/cxl-regiond.conf.d/group.conf
systemctl restart cxl-regiond
as_member() { setpriv --reuid=nobody --regid=nogroup --groups=users cxlctl "$@"; }
succeeds "a member of RegionGroup may create" as_member region create -d "$a" -s 256M -U $uuid "$a1"
refused 4 NoCapacity "a bridge without a free decoder" region create -d "$a" -s 256M "$a2"
refused 4 NoCapacity "a memdev whose decoder is in use" region create -d "$a" -s 256M "$a1"
refused 4 Conflict "a uuid in use" region create -d "$(root_decoder 48)" -s 256M -U $uuid
as_nobody region delete region0 >/dev/null 2>&1
is $? 6 "one who is no member may not"
succeeds "a member may delete" as_member region delete region0
rm /etc/cxl-regiond/cxl-regiond.conf.d/group.conf
printf '[Daemon]\nWorkers=many\n' >/etc/cxl-regiond/cxl-regiond.conf.d/bad.conf
cxl-regiond --socket /tmp/bad/socket >/tmp/bad.log 2>&1
is "$? $(grep -c 'bad.conf.*Workers' /tmp/bad.log)" "1 1" "a bad configuration is refused with file and key"
rm /etc/cxl-regiond/cxl-regiond.conf.d/bad.conf
systemctl restart cxl-regiond

# Somebody who uses the region.
succeeds "a region for a namespace" cxlctl region create -d "$a" -s 256M "$a1"
ndctl create-namespace -m fsdax >/dev/null 2>&1
refused 4 RegionInUse "an active namespace" region delete region0
refused 4 RegionInUse "--force does not override that yet" region delete --force region0
disk=$(ls /sys/bus/nd/devices/*/block/ | grep -m1 '^pmem')
mkfs.ext4 -q "/dev/$disk"
mount "/dev/$disk" /mnt
refused 4 RegionInUse "a mounted file system" region delete region0
refused 4 RegionInUse "a mounted file system" region disable region0
is "$(cxlctl --json region show region0 | json '[.consumers[].kind] | sort')" '["mount","namespace"]' "show names the users"
umount /mnt
ndctl destroy-namespace -f all >/dev/null 2>&1
ndctl create-namespace -m devdax >/dev/null 2>&1
dax=$(ls -d /dev/dax* | head -n 1)
exec 9<"$dax"
refused 4 RegionInUse "an open dax device" region delete region0
is "$(cxlctl --json region show region0 | json '[.consumers[].kind] | index("dax") != null')" true "show names the open device"
exec 9<&-
ndctl destroy-namespace -f all >/dev/null 2>&1
succeeds "deleted, once nobody uses it" cxlctl region delete region0
is "$(regions)" 0 "no region is left"
plan
