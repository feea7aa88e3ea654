/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The handlers of the table's rows. Each answers its call, now or later; parameters have passed param_check(). */
#ifndef CXL_REGIOND_DAEMON_METHODS_H
#define CXL_REGIOND_DAEMON_METHODS_H

struct call;
struct daemon;

/* service.c */
void service_get_info(struct daemon *daemon, struct call *call);
void service_get_interface_description(struct daemon *daemon, struct call *call);

/* methods-host.c */
void method_get_status(struct daemon *daemon, struct call *call);
void method_get_topology(struct daemon *daemon, struct call *call);

/* methods-region.c */
void method_list_regions(struct daemon *daemon, struct call *call);
void method_plan_create(struct daemon *daemon, struct call *call);
void method_create(struct daemon *daemon, struct call *call);
void method_plan_delete(struct daemon *daemon, struct call *call);
void method_delete(struct daemon *daemon, struct call *call);
void method_enable(struct daemon *daemon, struct call *call);
void method_disable(struct daemon *daemon, struct call *call);

/* methods-job.c */
void method_list_jobs(struct daemon *daemon, struct call *call);
void method_get_job(struct daemon *daemon, struct call *call);
void method_wait_job(struct daemon *daemon, struct call *call);
void method_cancel_job(struct daemon *daemon, struct call *call);
void method_acquire_locks(struct daemon *daemon, struct call *call);

/* methods-port.c */
void method_list_ports(struct daemon *daemon, struct call *call);
void method_unbind_port(struct daemon *daemon, struct call *call);
void method_bind_port(struct daemon *daemon, struct call *call);

/* methods-repair.c */
void method_plan_repair(struct daemon *daemon, struct call *call);
void method_repair(struct daemon *daemon, struct call *call);

#endif
