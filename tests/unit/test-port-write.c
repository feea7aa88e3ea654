/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbinding and binding memdevs on the fake, with each way in which a write can go wrong. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"
#include "port-write.h"
#include "scan.h"

struct host {
	struct fake *fake;
	struct snapshot *snapshot;
	struct places places;
	struct port_object object;
	struct port_plan plan;
	struct failure failure;
};

static int find_port(struct host *host, const char *name)
{
	snapshot_free(host->snapshot);
	places_done(&host->places);
	port_plan_done(&host->plan);
	host->snapshot = NULL;
	assert_int_equal(scan_all(fake_sysfs(host->fake), NULL, &host->snapshot), 0);
	assert_int_equal(places_find(fake_sysfs(host->fake), host->snapshot, &host->places), 0);
	return plan_port_find(host->snapshot, &host->places, name, &host->object, &host->failure);
}

static void look(struct host *host)
{
	assert_int_equal(find_port(host, "serial=0xa1"), 0);
}

static void plan_unbind(struct host *host)
{
	struct port_request request = { .force = false };

	look(host);
	assert_int_equal(
		plan_port_unbind(host->snapshot, &host->places, &host->object, &request, &host->plan, &host->failure),
		0);
	assert_int_equal(host->plan.n_writes, 1);
}

static void plan_bind(struct host *host)
{
	look(host);
	assert_int_equal(plan_port_bind(host->snapshot, &host->places, &host->object, &host->plan, &host->failure), 0);
	assert_int_equal(host->plan.n_writes, 1);
}

static int carry_out(struct host *host)
{
	return port_write_carry_out(fake_sysfs(host->fake), &host->plan.writes[0], &host->failure);
}

static bool is_bound(struct host *host)
{
	look(host);
	return host->object.port != SNAPSHOT_NONE;
}

static void host_new(struct host *host)
{
	*host = (struct host){ .fake = fake_new(fake_host_find("two", FAKE_KERNEL_6_12)) };
	assert_non_null(host->fake);
}

static void host_free(struct host *host)
{
	assert_string_equal(fake_splat(host->fake), "");
	snapshot_free(host->snapshot);
	places_done(&host->places);
	port_plan_done(&host->plan);
	fake_free(host->fake);
}

static void test_there_and_back(void **state)
{
	size_t n_ports, n_decoders;
	struct host host;

	host_new(&host);
	plan_unbind(&host);
	n_ports = host.snapshot->n_ports;
	n_decoders = host.snapshot->n_decoders;
	assert_int_equal(carry_out(&host), 0);
	assert_false(is_bound(&host));
	assert_int_equal(host.snapshot->n_ports, n_ports - 1);
	plan_bind(&host);
	assert_int_equal(carry_out(&host), 0);
	assert_true(is_bound(&host));
	assert_int_equal(host.snapshot->n_ports, n_ports);
	assert_int_equal(host.snapshot->n_decoders, n_decoders);
	host_free(&host);
}

/* Each errno, without effect and with it: in the end it is so, or the failure says what was refused. */
static void test_writes_that_fail(void **state)
{
	static const int errors[] = { -EINTR, -ENODEV, -ENXIO, -EBUSY, -EAGAIN, -ENOMEM };

	for (size_t i = 0; i < ARRAY_SIZE(errors) * 4; i++) {
		bool bind = i % 4 >= 2;
		struct fake_fault fault = {
			.at = 1, .attribute = bind ? "bind" : "unbind", .error = errors[i / 4], .after = i % 2
		};
		bool succeeds = fault.after || fault.error == -EINTR;
		struct host host;

		host_new(&host);
		plan_unbind(&host);
		if (bind) {
			assert_int_equal(carry_out(&host), 0);
			plan_bind(&host);
		}
		fake_fail(host.fake, &fault);
		assert_int_equal(carry_out(&host), succeeds ? 0 : ERROR_KERNEL_REFUSED);
		if (!succeeds) {
			assert_int_equal(host.failure.errno_value, -fault.error);
			assert_string_equal(host.failure.attribute, bind ? "bind" : "unbind");
			assert_string_equal(host.failure.value, host.plan.writes[0].object);
			assert_int_equal(host.failure.outcome, OUTCOME_UNCHANGED);
		}
		assert_int_equal(is_bound(&host), bind == succeeds);
		host_free(&host);
	}
}

/* Between the plan and the write somebody else was there. */
static void test_somebody_else_was_first(void **state)
{
	char endpoint[REGION_NAME_MAX];
	unsigned int writes;
	struct host host;

	host_new(&host);
	plan_unbind(&host);
	strcpy(endpoint, host.object.name);
	assert_int_equal(fake_unbind_endpoint(host.fake, endpoint), 0);
	writes = fake_writes(host.fake);
	assert_int_equal(carry_out(&host), 0);
	assert_int_equal(fake_writes(host.fake), writes + 1); /* to settle */
	plan_bind(&host);
	assert_int_equal(fake_bind_memdev(host.fake, host.plan.writes[0].object), 0);
	assert_int_equal(carry_out(&host), 0);
	host_free(&host);
}

/* A name that another object has by now is not written: what was meant is gone. */
static void test_another_object(void **state)
{
	struct host host;

	host_new(&host);
	plan_unbind(&host);
	host.plan.writes[0].inode++;
	assert_int_equal(carry_out(&host), 0);
	assert_true(is_bound(&host));
	plan_unbind(&host);
	assert_int_equal(carry_out(&host), 0);
	plan_bind(&host);
	host.plan.writes[0].inode++;
	assert_int_equal(carry_out(&host), ERROR_PORT_GONE);
	assert_false(is_bound(&host));
	host_free(&host);
}

/* -- whole plans -------------------------------------------------------- */

static void plan_port(struct host *host, const char *name, bool bind)
{
	struct port_request request = { .force = false };

	assert_int_equal(find_port(host, name), 0);
	if (bind)
		assert_int_equal(
			plan_port_bind(host->snapshot, &host->places, &host->object, &host->plan, &host->failure), 0);
	else
		assert_int_equal(plan_port_unbind(host->snapshot, &host->places, &host->object, &request, &host->plan,
						  &host->failure),
				 0);
}

/* Returns how many writes of the plan were carried out, up to the first that failed. */
static size_t carry_out_all(struct host *host)
{
	for (size_t i = 0; i < host->plan.n_writes; i++)
		if (port_write_carry_out(fake_sysfs(host->fake), &host->plan.writes[i], &host->failure) != 0)
			return i;
	return host->plan.n_writes;
}

/* What there is, by names that do not change: "mem0<pci0000:20<ACPI0017:00 ..." */
static void describe(struct host *host, char *text, size_t size)
{
	size_t length = 0;

	assert_int_equal(find_port(host, "root0"), 0);
	text[0] = '\0';
	for (size_t i = 0; i < host->snapshot->n_memdevs; i++) {
		int port = host->snapshot->memdevs[i].endpoint;

		for (; port != SNAPSHOT_NONE; port = host->snapshot->ports[port].parent)
			length += (size_t)snprintf(text + length, size - length, "%s%s<",
						   host->snapshot->ports[port].uport,
						   host->snapshot->ports[port].bound ? "" : "!");
		length += (size_t)snprintf(text + length, size - length, " ");
	}
	snprintf(text + length, size - length, "%zu decoders", host->snapshot->n_decoders);
}

/* With a write that fails at each place in turn, the same request goes on from there. */
static void put_through(const char *topology, enum fake_kernel kernel, const char *uport, unsigned int *cases)
{
	char before[1024], after[1024];
	size_t n = 1;

	for (size_t at = 0; at <= 6 * n; at++, ++*cases) {
		struct host host = { .fake = fake_new(fake_host_find(topology, kernel)) };
		struct fake_fault fault = { .at = (unsigned int)at, .error = -EIO };

		describe(&host, before, sizeof(before));
		if (at > 0)
			fake_fail(host.fake, &fault);
		plan_port(&host, uport, false);
		n = host.plan.n_writes;
		assert_true(n > 0);
		if (carry_out_all(&host) < n) {
			/* Settling, before and behind each write, is a write, too. */
			assert_true(host.failure.code == ERROR_KERNEL_REFUSED || host.failure.code == ERROR_INTERNAL);
			plan_port(&host, uport, false);
			assert_int_equal(carry_out_all(&host), host.plan.n_writes);
		}
		plan_port(&host, uport, false);
		assert_int_equal(host.plan.n_writes, 0);
		plan_port(&host, uport, true);
		if (carry_out_all(&host) < host.plan.n_writes) {
			plan_port(&host, uport, true);
			assert_int_equal(carry_out_all(&host), host.plan.n_writes);
		}
		describe(&host, after, sizeof(after));
		assert_string_equal(after, before);
		host_free(&host);
	}
}

static void test_every_port(void **state)
{
	static const char *const topologies[] = { "two", "four", "switch", "mixed" };
	static const enum fake_kernel kernels[] = { FAKE_KERNEL_6_1, FAKE_KERNEL_6_12 };
	unsigned int cases = 0;

	for (size_t i = 0; i < ARRAY_SIZE(topologies) * ARRAY_SIZE(kernels); i++) {
		const char *topology = topologies[i / 2];
		struct host host = { .fake = fake_new(fake_host_find(topology, kernels[i % 2])) };

		assert_int_equal(find_port(&host, "root0"), 0);
		for (size_t k = 0; k < host.snapshot->n_ports; k++)
			if (host.snapshot->ports[k].kind != PORT_ROOT)
				put_through(topology, kernels[i % 2], host.snapshot->ports[k].uport, &cases);
		host_free(&host);
	}
	printf("# %u cases\n", cases);
}

static void test_progress(void **state)
{
	struct plan_progress progress;
	struct host host;

	host_new(&host);
	plan_unbind(&host);
	port_progress_at(&host.plan, 1, &progress);
	assert_int_equal(progress.n, 1);
	assert_int_equal(progress.m, 1);
	assert_string_equal(progress.step, "unbind-port");
	assert_string_equal(progress.object, host.plan.writes[0].object);
	assert_string_equal(progress.attribute, "unbind");
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_writes_that_fail),
		cmocka_unit_test(test_somebody_else_was_first),
		cmocka_unit_test(test_another_object),
		cmocka_unit_test(test_every_port),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
