/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: what is taken is within its limits, and reads the same when it is written down. */
#include "fuzz.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

static unsigned int errors, warnings;

/* In the place of the daemon's: counts what is logged, and writes it nowhere. */
void log_write(int priority, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	FUZZ_CHECK(vsnprintf(line, sizeof(line), format, arguments) > 0);
	va_end(arguments);
	errors += priority == LOG_ERR;
	warnings += priority == LOG_WARNING;
}

static int load(const void *text, size_t size, struct config *ret_config)
{
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC), r;

	FUZZ_CHECK(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = config_load(path, ret_config);
	close(fd);
	return r;
}

static void check_written_down(const struct config *config)
{
	struct config again = { .workers = 0 };
	char text[512];
	int n;

	n = snprintf(text, sizeof(text),
		     "[Daemon]\nWorkers=%u\nUnfixedKernel=%s\nGuestCommit=%s\nStopTimeoutSec=%u\n[Access]\nRegionGroup="
		     "%s\nPortGroup=%s\n",
		     config->workers, config->refuse_unfixed_kernel ? "refuse" : "warn",
		     config->try_guest_commit ? "try" : "refuse", config->stop_timeout_seconds, config->region_group,
		     config->port_group);
	FUZZ_CHECK(load(text, (size_t)n, &again) == 0 && again.warnings == 0);
	FUZZ_CHECK(again.workers == config->workers && again.stop_timeout_seconds == config->stop_timeout_seconds);
	FUZZ_CHECK(again.refuse_unfixed_kernel == config->refuse_unfixed_kernel);
	FUZZ_CHECK(again.try_guest_commit == config->try_guest_commit);
	FUZZ_CHECK(strcmp(again.region_group, config->region_group) == 0);
	FUZZ_CHECK(!config->region_group[0] || again.region_gid == config->region_gid);
	FUZZ_CHECK(strcmp(again.port_group, config->port_group) == 0);
	FUZZ_CHECK(!config->port_group[0] || again.port_gid == config->port_gid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = { .workers = 12345 };
	int r;

	errors = warnings = 0;
	r = load(data, size, &config);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	FUZZ_CHECK(errors == (r < 0 ? 1 : 0));
	if (r < 0) {
		FUZZ_CHECK(config.workers == 12345);
		return 0;
	}
	FUZZ_CHECK(config.warnings == warnings);
	FUZZ_CHECK(config.workers >= CONFIG_WORKERS_MIN && config.workers <= CONFIG_WORKERS_MAX);
	FUZZ_CHECK(config.stop_timeout_seconds >= 1 && config.stop_timeout_seconds <= CONFIG_STOP_TIMEOUT_MAX);
	check_written_down(&config);
	return 0;
}
