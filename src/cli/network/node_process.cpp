#include "cli/network/node_process.h"

#include "storage/keys/key_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <sstream>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace galen::cli::network {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "hospital-";

std::optional<int> hospital_number(const std::string& name) {
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) return std::nullopt;
  int number = 0;
  const char* const last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + kPrefix.size(), last, number);
  if (error != std::errc{} || end != last || number < 1) return std::nullopt;
  return number;
}

std::string read_proc(pid_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_galend(pid_t pid) {
  std::error_code error;
  const auto exe = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
  if (error) return false;
  const std::string name = exe.filename().string();
  return name == "galend" || name == "galend (deleted)";
}

/// One of the arguments is the configuration file of this node.
bool has_argument(pid_t pid, const std::string& argument) {
  std::istringstream arguments(read_proc(pid, "cmdline"));
  for (std::string each; std::getline(arguments, each, '\0');) {
    if (each == argument) return true;
  }
  return false;
}

bool is_zombie(pid_t pid) {
  const std::string stat = read_proc(pid, "stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] == 'Z';
}

[[noreturn]] void run_child(const NodePlace& node, const std::string& galend, int log_fd) {
  ::setsid();
  const int null_fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool bound =
      null_fd >= 0 && ::dup2(null_fd, 0) >= 0 && ::dup2(log_fd, 1) >= 0 && ::dup2(log_fd, 2) >= 0;
  if (bound) {
    ::execl(galend.c_str(),
            galend.c_str(),
            "--config",
            node.config.c_str(),
            static_cast<char*>(nullptr));
  }
  ::_exit(127);
}

Status record_pid(const NodePlace& node, pid_t pid) {
  std::error_code ignored;
  fs::remove(node.pid_file(), ignored);
  return storage::write_public_file(node.pid_file(), std::to_string(pid) + "\n");
}

}  // namespace

Result<std::vector<NodePlace>> find_nodes(const std::string& directory) {
  std::error_code error;
  std::vector<NodePlace> nodes;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const auto number = hospital_number(name);
    if (!number || !fs::exists(it->path() / "galend.toml")) continue;
    const fs::path place = fs::absolute(it->path()).lexically_normal();
    nodes.push_back({*number, name, place.string(), (place / "galend.toml").string()});
  }
  if (error || nodes.empty()) {
    return fail(ErrorCode::kConfig,
                "network: " + directory +
                    ": no network here; make one with: galen network create --dir " + directory);
  }
  std::sort(nodes.begin(), nodes.end(), [](const NodePlace& a, const NodePlace& b) {
    return a.number < b.number;
  });
  return nodes;
}

std::optional<pid_t> running_pid(const NodePlace& node) {
  std::ifstream in(node.pid_file());
  pid_t pid = 0;
  if (!(in >> pid) || pid <= 1) return std::nullopt;
  if (!is_galend(pid) || !has_argument(pid, node.config) || is_zombie(pid)) return std::nullopt;
  return pid;
}

Result<std::string> find_galend() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  std::vector<fs::path> places;
  if (!error) places.push_back(self.parent_path());
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) places.emplace_back(folder);
  for (const fs::path& place : places) {
    const std::string candidate = (place / "galend").string();
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return fail(ErrorCode::kConfig, "network start: galend: not beside galen and not on PATH");
}

Result<pid_t> start_node(const NodePlace& node, const std::string& galend) {
  const int log_fd =
      ::open(node.log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) {
    return fail(ErrorCode::kIo, node.log_file() + ": cannot be opened: " + std::strerror(errno));
  }
  const pid_t pid = ::fork();
  if (pid == 0) run_child(node, galend, log_fd);
  const int fork_error = errno;
  ::close(log_fd);
  if (pid < 0) {
    return fail(ErrorCode::kIo, node.name + ": cannot be started: " + std::strerror(fork_error));
  }
  if (auto status = record_pid(node, pid); !status) {
    ::kill(pid, SIGTERM);
    return tl::unexpected(status.error());
  }
  return pid;
}

bool has_gone(const NodePlace& node, pid_t pid) {
  int ignored = 0;
  const pid_t child = ::waitpid(pid, &ignored, WNOHANG);
  if (child >= 0) return child == pid;  // ours: before its exec it is no galend yet
  const auto running = running_pid(node);
  return !running || *running != pid;
}

std::string log_tail(const NodePlace& node, std::size_t lines) {
  std::ifstream in(node.log_file());
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  std::string tail;
  const std::size_t from = all.size() > lines ? all.size() - lines : 0;
  for (std::size_t i = from; i < all.size(); ++i) tail += "\n    " + all[i];
  return tail;
}

}  // namespace galen::cli::network
