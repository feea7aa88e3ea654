/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbinding and binding memdevs on the fake, with each way in which a write can go wrong. */
#include "unit.h"

#include <errno.h>
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

static void look(struct host *host)
{
	snapshot_free(host->snapshot);
	places_done(&host->places);
	host->snapshot = NULL;
	assert_int_equal(scan_all(fake_sysfs(host->fake), NULL, &host->snapshot), 0);
	assert_int_equal(places_find(fake_sysfs(host->fake), host->snapshot, &host->places), 0);
	assert_int_equal(plan_port_find(host->snapshot, &host->places, "serial=0xa1", &host->object, &host->failure),
			 0);
	port_plan_done(&host->plan);
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
		struct fake_fault fault = { .at = 1, .error = errors[i / 4], .after = i % 2 };
		bool bind = i % 4 >= 2, succeeds = fault.after || fault.error == -EINTR;
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
	assert_int_equal(fake_writes(host.fake), writes);
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
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
