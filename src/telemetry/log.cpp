#include "telemetry/log.h"

#include "base/hex.h"
#include "telemetry/log_line.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <unistd.h>

namespace galen::telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kTrace: return spdlog::level::trace;
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarn: return spdlog::level::warn;
    case Level::kError: break;
  }
  return spdlog::level::err;
}

/// A sink with the options its lines are rendered by.
struct Log {
  LogOptions options;
  std::shared_ptr<spdlog::logger> logger;
};

std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  if (file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  }
  auto logger = std::make_shared<spdlog::logger>("galen", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

/// The process's log. The level is apart so that a line that is not wanted costs one load.
struct Shared {
  std::atomic<Level> level{Level::kWarn};
  std::mutex mutex;
  std::shared_ptr<const Log> log =
      std::make_shared<const Log>(Log{LogOptions{}, make_logger(std::string())});

  std::shared_ptr<const Log> get() {
    const std::lock_guard lock(mutex);
    return log;
  }
};

Shared& shared() {
  // Never destroyed: threads of libraries may log while the process ends.
  static auto* instance = new Shared;
  return *instance;
}

Status create_with_private_mode(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorCode::kIo, file + ": log file cannot be opened: " + std::strerror(errno));
  }
  ::close(fd);
  return {};
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  if (text == "trace") return Level::kTrace;
  if (text == "debug") return Level::kDebug;
  if (text == "info") return Level::kInfo;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  return fail(ErrorCode::kInvalidArgument,
              "log level: trace, debug, info, warn or error, not \"" + std::string(text) + "\"");
}

Result<Format> parse_format(std::string_view text) {
  if (text == "text") return Format::kText;
  if (text == "json") return Format::kJson;
  return fail(ErrorCode::kInvalidArgument,
              "log format: text or json, not \"" + std::string(text) + "\"");
}

Status start_log(const LogOptions& options) {
  if (!options.file.empty()) GALEN_TRY_STATUS(create_with_private_mode(options.file));
  std::shared_ptr<const Log> log;
  try {
    log = std::make_shared<const Log>(Log{options, make_logger(options.file)});
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo, options.file + ": " + error.what());
  }
  Shared& state = shared();
  {
    const std::lock_guard lock(state.mutex);
    state.log.swap(log);
  }
  state.level = options.level;
  return {};
}

void set_log_level(Level level) {
  shared().level = level;
}

bool log_enabled(Level level) {
  return level >= shared().level.load(std::memory_order_relaxed);
}

void log(Level level,
         std::string_view component,
         std::string_view message,
         std::initializer_list<Field> fields) {
  if (!log_enabled(level)) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto current = shared().get();
  const LineHead head{std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                      level,
                      current->options.node,
                      component};
  const std::string line = current->options.format == Format::kJson
                               ? json_line(head, message, fields)
                               : text_line(head, message, fields);
  current->logger->log(spdlog_level(level), line);
}

std::string short_id(BytesView id) {
  return to_hex(id.first(std::min<std::size_t>(id.size(), 4)));
}

}  // namespace galen::telemetry
