/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two regions as a daemon tells of them: one that is mounted, and one that is damaged. */
#ifndef CXL_REGIOND_TESTS_REGION_REPLIES_H
#define CXL_REGIOND_TESTS_REGION_REPLIES_H

#define REGION0                                                                                                \
	"{\"region\":\"region0\",\"root_decoder\":\"decoder0.2\",\"type\":\"pmem\",\"resource\":17716740096,"  \
	"\"size\":536870912,\"interleave_ways\":2,\"interleave_granularity\":256,\"decode_state\":\"commit\"," \
	"\"state\":\"active\",\"origin\":\"daemon\",\"locked\":false,\"generation\":\"b.17\",\"mappings\":["   \
	"{\"position\":0,\"memdev\":\"mem0\",\"decoder\":\"decoder3.0\",\"serial\":18446744073709551615},"     \
	"{\"position\":1,\"memdev\":\"mem1\",\"decoder\":\"decoder4.0\",\"serial\":16}],\"consumers\":["       \
	"{\"kind\":\"mount\",\"name\":\"/mnt/\\u001b[2J\",\"detail\":\"/dev/pmem0 is mounted there.\"}]}"
#define REGION1                                                                                                \
	"{\"region\":\"region1\",\"root_decoder\":\"decoder0.0\",\"type\":\"ram\",\"resource\":34359738368,"   \
	"\"size\":268435456,\"interleave_ways\":1,\"interleave_granularity\":256,\"decode_state\":\"reset\","  \
	"\"state\":\"damaged\",\"origin\":\"unknown\",\"locked\":false,\"generation\":\"b.18\",\"mappings\":[" \
	"{\"position\":0}],\"consumers\":[]}"

#endif
