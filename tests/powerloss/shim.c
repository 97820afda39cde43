// An LD_PRELOAD shim for power cuts. Whenever a file below PL_ROOT is made durable (fsync or fdatasync succeeds), a
// copy of it, as it then is, goes to the same place below PL_SHADOW. After kill -9, PL_SHADOW is what a power cut
// would have left if nothing but fsync made bytes durable. With PL_FAIL=N the N-th such call fails with EIO instead.
//
// With PL_COUNTER=FILE every call that changes something below PL_ROOT is counted in that file, over all processes;
// with PL_KILL=N the whole process group is killed just before the N-th.
//
//   cc -shared -fPIC -O2 -o shim.so shim.c -ldl -lpthread
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static atomic_long calls;

// The path of a descriptor relative to PL_ROOT, if it is a regular file below it.
static const char *below_root(int fd, char *path, size_t size) {
  const char *root = getenv("PL_ROOT");
  char link[64];
  struct stat st;
  if (!root || fstat(fd, &st) || !S_ISREG(st.st_mode)) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, size - 1);
  size_t length = strlen(root);
  if (n <= 0 || (path[n] = 0, strncmp(path, root, length)) || path[length] != '/') return NULL;
  return path + length + 1;
}

static atomic_long *points;
static long kill_at;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("PL_COUNTER"), *at = getenv("PL_KILL");
  int fd = file ? open(file, O_RDWR) : -1;
  void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *points, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd >= 0) close(fd);
  if (at) kill_at = atol(at);
  if (shared != MAP_FAILED) points = shared;
}

static void point(void) {
  if (points && atomic_fetch_add(points, 1) + 1 == kill_at)
    for (;;) kill(0, SIGKILL);
}

static void point_of(int fd) {
  char path[4096];
  if (points && below_root(fd, path, sizeof path)) point();
}

static void point_at(const char *path) {
  const char *root = getenv("PL_ROOT");
  if (points && root && !strncmp(path, root, strlen(root))) point();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
  }
}

static void keep(int fd) {
  char path[4096], to[8300], part[8400], buffer[1 << 16];
  const char *shadow = getenv("PL_SHADOW"), *name = below_root(fd, path, sizeof path);
  if (!shadow || !name) return;
  snprintf(to, sizeof to, "%s/%s", shadow, name);
  snprintf(part, sizeof part, "%s/.part", shadow);
  pthread_mutex_lock(&one_at_a_time);
  make_folders(to);
  int in = open(path, O_RDONLY), out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ssize_t n;
  while (in >= 0 && out >= 0 && (n = read(in, buffer, sizeof buffer)) > 0)
    if (write(out, buffer, n) != n) break;
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  rename(part, to);
  pthread_mutex_unlock(&one_at_a_time);
}

static int made_durable(int fd, const char *call) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
  const char *fail = getenv("PL_FAIL");
  point_of(fd);
  if (fail && atomic_fetch_add(&calls, 1) + 1 == atol(fail)) {
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (result == 0) keep(fd);
  return result;
}

int fsync(int fd) { return made_durable(fd, "fsync"); }
int fdatasync(int fd) { return made_durable(fd, "fdatasync"); }

ssize_t write(int fd, const void *bytes, size_t size) {
  point_of(fd);
  return REAL(write)(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  point_of(fd);
  return REAL(pwrite64)(fd, bytes, size, at);
}

int ftruncate64(int fd, off64_t size) {
  point_of(fd);
  return REAL(ftruncate64)(fd, size);
}

int rename(const char *from, const char *to) {
  point_at(to);
  return REAL(rename)(from, to);
}

int unlink(const char *path) {
  point_at(path);
  return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
  point_at(path);
  return REAL(mkdir)(path, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (flags & O_CREAT) point_at(path);
  return REAL(open64)(path, flags, mode);
}
