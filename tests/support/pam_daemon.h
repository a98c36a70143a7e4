/*
 * pam_daemon.h - accesstokend over the fixture's store.
 */
#ifndef TESTS_SUPPORT_PAM_DAEMON_H
#define TESTS_SUPPORT_PAM_DAEMON_H

/* The module that asks it, with the plugin of this build. */
#define TEST_REMOTE_MODULE                                                    \
    BUILD_DIRECTORY "/tests/remote/.libs/pam_accesstoken.so"

/*
 * Lets that module use a copy of the plugin in the fixture's directory: the
 * directory of the build may be one that others can write to.  A program that
 * links the library with this plugin needs a new image, since the library has
 * chosen its plugin by now: it passes its arguments, and main() runs again.
 */
void daemon_use_plugin(char **argv);

/* Starts it and waits until it accepts connections.  It ends with this process
 * at the latest.  If it does not start, the test ends with what it says. */
void daemon_start(void);
void daemon_stop(void);

/* "unix:" and the path of the socket for verifications. */
const char *daemon_uri(void);

#endif
