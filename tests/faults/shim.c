/* Counts the calls by which a process touches files and sockets, and makes trouble at one of them.
 *
 * Loaded with LD_PRELOAD. Nothing is counted before shim_arm(); from then on every call of an armed kind has a
 * number, and at number `at` the process is killed, gets a signal, or is told that the call failed. The board lies in
 * shared memory, so that the parent of a process that was killed can read how far it came. With shim_record() the calls
 * are written down instead, with all they carried, in the order in which they were made.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, CUT = 4, NAME = 8, OPEN = 16, CONNECT = 32, SEND = 64, RECV = 128, NOTE = 256 };
enum { NOTHING, KILL, KILL_GROUP, TERMINATE, FAIL, FAIL_ON };

struct board {
    int pid;          /* who is counted; nobody else is */
    long count;       /* calls so far */
    long at;          /* the number at which trouble begins */
    int what;         /* which trouble */
    int after;        /* once the real call is done, instead of before it (or instead of it) */
    int error;        /* errno of a failure */
    unsigned kinds;   /* which kinds of calls are counted */
    long landed;      /* how often trouble was made */
    int landed_kind;  /* the kind of the first call that met it */
};
static struct board *board;
static int log_fd = -1;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    board = mmap(0, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) board = 0;
    else if (getenv("SHIM_COUNT")) board->kinds = 255, board->pid = getpid(); /* a process that arms nothing itself */
}
__attribute__((destructor)) static void end(void) {
    const char *place = getenv("SHIM_COUNT");
    FILE *out = board && place && board->pid == getpid() ? (board->pid = 0, fopen(place, "w")) : 0;
    if (out) fprintf(out, "%ld", board->count), fclose(out);
}

void shim_arm(long at, int what, int after, int error, unsigned kinds) {
    memset(board, 0, sizeof *board);
    board->at = at, board->what = what, board->after = after, board->error = error, board->kinds = kinds;
    board->pid = getpid();
}
void shim_disarm(void) { board->pid = 0; }
long shim_count(void) { return board->count; }
long shim_landed(void) { return board->landed; }
int shim_landed_kind(void) { return board->landed_kind; }
void shim_record(const char *path) { log_fd = syscall(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND, 0600); }

static int counted(int kind) { return board && board->pid && (board->kinds & kind) && board->pid == getpid(); }

static void whole(const void *from, size_t size) {
    while (size) {
        ssize_t wrote = syscall(SYS_write, log_fd, from, size);
        if (wrote <= 0) _exit(99);
        from = (const char *)from + wrote, size -= wrote;
    }
}

/* One line of the log: kind, offset, length of the name, length of what was carried, and both. */
static void record(int kind, const char *name, int64_t offset, const void *carried, int64_t size) {
    struct { int64_t kind, offset, name, size; } head = {kind, offset, (int64_t)strlen(name), size};
    if (log_fd < 0 || !counted(kind)) return;
    pthread_mutex_lock(&log_lock);
    whole(&head, sizeof head), whole(name, head.name), whole(carried, carried ? size : 0);
    pthread_mutex_unlock(&log_lock);
}
static void record_fd(int kind, int fd, int64_t offset, const void *carried, int64_t size) {
    char link[64], name[PATH_MAX];
    if (log_fd < 0 || !counted(kind)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlink, link, name, sizeof name - 1);
    name[length < 0 ? 0 : length] = 0;
    record(kind, name, offset, carried, size);
}
void shim_note(const char *text) { record(NOTE, "", 0, text, strlen(text)); }

static void strike(int kind) {
    if (!board->landed++) board->landed_kind = kind;
    if (board->what == TERMINATE) kill(getpid(), SIGTERM);
    if (board->what == KILL) kill(getpid(), SIGKILL);
    if (board->what == KILL_GROUP) kill(0, SIGKILL);
    if (board->what == KILL || board->what == KILL_GROUP) for (;;) pause();
}

enum { GO_ON, THEN_STRIKE, REFUSED };
/* Give the call its number; strike before it, or say what is to become of it. */
static int before(int kind) {
    if (!counted(kind)) return GO_ON;
    long number = __atomic_add_fetch(&board->count, 1, __ATOMIC_SEQ_CST);
    int fails = board->what == FAIL || board->what == FAIL_ON;
    if (!board->what || !(number == board->at || (board->what == FAIL_ON && number > board->at))) return GO_ON;
    if (board->after) return THEN_STRIKE;
    strike(kind);
    if (!fails) return GO_ON;
    errno = board->error;
    return REFUSED;
}
static int after(int kind) {
    strike(kind);
    if (board->what != FAIL && board->what != FAIL_ON) return 0;
    errno = board->error;
    return 1;
}

#define REAL(type, name, parameters)                                  \
    static type(*real) parameters;                                    \
    if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name)
/* A connection whose call failed is dead to both ends: nobody may wait for more from it. */
#define CUT_OFF(kind, fd) ((kind) & (SEND | RECV) ? (void)(shutdown(fd, SHUT_RDWR), errno = board->error) : (void)0)
#define CALL(type, name, parameters, arguments, kind, applies, broken, noted) \
    type name parameters {                                            \
        REAL(type, name, parameters);                                 \
        int fate = (applies) ? before(kind) : GO_ON;                  \
        if (fate == REFUSED) return CUT_OFF(kind, broken), -1;        \
        type result = 0;                                              \
        if (kind == SEND) noted; /* before it leaves */               \
        result = real arguments;                                      \
        int kept = errno;                                             \
        if (kind != SEND && result >= 0) noted;                       \
        errno = kept;                                                 \
        if (fate == THEN_STRIKE && after(kind)) return CUT_OFF(kind, broken), -1; \
        return result;                                                \
    }

#define OTHERS(fd) ((fd) > 2) /* what is said to the user has tests of its own */
CALL(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size), WRITE, OTHERS(fd), fd,
     record_fd(WRITE, fd, lseek(fd, 0, SEEK_CUR) - result, from, result))
CALL(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t to), (fd, from, size, to), WRITE, 1, fd,
     record_fd(WRITE, fd, to, from, result))
CALL(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t to), (fd, from, size, to), WRITE, 1, fd,
     record_fd(WRITE, fd, to, from, result))
CALL(int, fsync, (int fd), (fd), SYNC, 1, fd, record_fd(SYNC, fd, 0, 0, 0))
CALL(int, fdatasync, (int fd), (fd), SYNC, 1, fd, record_fd(SYNC, fd, 0, 0, 0))
CALL(int, ftruncate, (int fd, off_t to), (fd, to), CUT, 1, fd, record_fd(CUT, fd, to, 0, 0))
CALL(int, ftruncate64, (int fd, off64_t to), (fd, to), CUT, 1, fd, record_fd(CUT, fd, to, 0, 0))
CALL(int, unlink, (const char *path), (path), NAME, 1, -1, record(NAME, path, 0, 0, 0))
CALL(int, rename, (const char *from, const char *to), (from, to), NAME, 1, -1, record(NAME, from, 0, to, strlen(to)))
CALL(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), CONNECT, 1, fd, (void)0)
CALL(ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags), SEND, 1, fd,
     record_fd(SEND, fd, 0, from, size))
CALL(ssize_t, sendto,
     (int fd, const void *from, size_t size, int flags, const struct sockaddr *to, socklen_t length),
     (fd, from, size, flags, to, length), SEND, 1, fd, record_fd(SEND, fd, 0, from, size))
CALL(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags), RECV, 1, fd, (void)0)

static int changes(int flags) { return flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC); }
#define OPENS(name)                                                                                     \
    int name(const char *path, int flags, ...) {                                                        \
        REAL(int, name, (const char *, int, ...));                                                      \
        va_list more;                                                                                   \
        va_start(more, flags);                                                                          \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                       \
        va_end(more);                                                                                   \
        int fate = changes(flags) ? before(OPEN) : GO_ON;                                               \
        if (fate == REFUSED) return -1;                                                                 \
        int new = flags & O_CREAT && log_fd >= 0 && access(path, F_OK);                                 \
        int result = real(path, flags, mode), kept = errno;                                             \
        if (result >= 0 && new) record(OPEN, path, 0, 0, 0);                                            \
        if (result >= 0 && flags & O_TRUNC && !new) record(CUT, path, 0, 0, 0);                         \
        errno = kept;                                                                                   \
        if (fate == THEN_STRIKE && after(OPEN)) {                                                       \
            if (result >= 0) close(result);                                                             \
            errno = board->error;                                                                       \
            return -1;                                                                                  \
        }                                                                                               \
        return result;                                                                                  \
    }
OPENS(open)
OPENS(open64)
