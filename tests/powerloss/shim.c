// An LD_PRELOAD shim for power cuts. Whenever a file below PL_ROOT is made durable (fsync or fdatasync succeeds), a
// copy of it, as it then is, goes to the same place below PL_SHADOW. After kill -9, PL_SHADOW is what a power cut
// would have left if nothing but fsync made bytes durable. With PL_FAIL=N the N-th such call fails with EIO instead.
//
//   cc -shared -fPIC -O2 -o shim.so shim.c -ldl -lpthread
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
