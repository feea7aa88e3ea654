/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program, lets memory run out at one allocation. $FAIL_MALLOC_CONTROL names a file that holds a
 * struct control: a test writes it too, chooses the process and the allocation, and sees what became of it.
 * $FAIL_MALLOC_PROGRAM names a program all of whose processes can be chosen together.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

struct control {
	int64_t pid;	 /* of the process that is meant; -1 for all of the program */
	int64_t fail_at; /* counts down with each allocation; the one that makes it 0 fails */
	int64_t more;	 /* how many fail behind that one */
	int64_t failed;	 /* how many did */
	int64_t blocks;	 /* that were allocated and not freed, since pid was set */
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static struct control *control;
static int is_program;

static void __attribute__((constructor)) control_open(void)
{
	const char *path = getenv("FAIL_MALLOC_CONTROL"), *program = getenv("FAIL_MALLOC_PROGRAM");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *mapped;

	is_program = program && strcmp(program, program_invocation_short_name) == 0;
	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		control = mapped;
}

static int is_meant(void)
{
	int64_t pid = control ? __atomic_load_n(&control->pid, __ATOMIC_SEQ_CST) : 0;

	return pid == -1 ? is_program : pid > 0 && pid == getpid();
}

static int must_fail(void)
{
	int64_t left;

	if (!is_meant())
		return 0;
	left = __atomic_sub_fetch(&control->fail_at, 1, __ATOMIC_SEQ_CST);
	if (left > 0 || left < -__atomic_load_n(&control->more, __ATOMIC_SEQ_CST))
		return 0;
	__atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
	errno = ENOMEM;
	return 1;
}

static void *counted(void *block)
{
	if (block && is_meant())
		__atomic_add_fetch(&control->blocks, 1, __ATOMIC_SEQ_CST);
	return block;
}

PUBLIC void *malloc(size_t size)
{
	return must_fail() ? NULL : counted(__libc_malloc(size));
}

PUBLIC void *calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : counted(__libc_calloc(n, size));
}

PUBLIC void *realloc(void *block, size_t size)
{
	if (must_fail())
		return NULL;
	return block ? __libc_realloc(block, size) : counted(__libc_realloc(block, size));
}

PUBLIC void *reallocarray(void *block, size_t n, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(n, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, whole);
}

PUBLIC void free(void *block)
{
	if (block && is_meant())
		__atomic_sub_fetch(&control->blocks, 1, __ATOMIC_SEQ_CST);
	__libc_free(block);
}
