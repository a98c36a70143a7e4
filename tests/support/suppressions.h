/*
 * suppressions.h - what the sanitizers must not report, because it is not
 * ours.  One source of a program includes it: a member of an archive would not
 * be linked, because the sanitizers do not need it.
 */
#ifndef TESTS_SUPPORT_SUPPRESSIONS_H
#define TESTS_SUPPORT_SUPPRESSIONS_H

#define SUPPRESSIONS __attribute__((visibility("default"))) const char *

#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer does not see the lock of the dynamic linker, which frees in
 * one thread's dlclose what another thread's dlopen allocated. */
const char *__tsan_default_suppressions(void);
SUPPRESSIONS __tsan_default_suppressions(void) { return "race:ld-linux\n"; }
#endif

#ifdef __SANITIZE_ADDRESS__
/* pthread_cancel() loads libgcc_s, and LeakSanitizer loses sight of what the
 * dynamic linker keeps for it. */
const char *__lsan_default_suppressions(void);
SUPPRESSIONS __lsan_default_suppressions(void) {
    return "leak:_dl_map_object_deps\n";
}
#endif

#endif
