/*
 * pam_daemon.h - accesstokend over the fixture's store.
 */
#ifndef TESTS_SUPPORT_PAM_DAEMON_H
#define TESTS_SUPPORT_PAM_DAEMON_H

/* The module that asks it: with the plugin of this build. */
#define TEST_REMOTE_MODULE                                                    \
    BUILD_DIRECTORY "/tests/remote/.libs/pam_accesstoken.so"

/* Start it, and wait until it lets in; it ends with this process.  Where
 * accesstokend says why it does not start, so does this. */
void daemon_start(void);
void daemon_stop(void);

/* "unix:" and the socket for verifications. */
const char *daemon_uri(void);

#endif
