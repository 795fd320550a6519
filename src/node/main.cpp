// galend: one hospital's node. Thread rule: main thread waits for signals.
#include "net/grpc_log.h"
#include "node/config/check_config.h"
#include "node/config/config.h"
#include "node/daemon.h"
#include "node/healthcheck.h"
#include "node/store_verb.h"
#include "node/version.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace galen;  // NOLINT(google-build-using-namespace): the program's own file
using node::ExitCode;

struct Arguments {
  std::string config;
  std::vector<std::string> set;
  bool print = false;
  std::string output = "text";
};

int fail_with(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "galend: %s\n", message.c_str());
  return static_cast<int>(code);
}

TimeMs wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count())};
}

Result<node::ConfigFlags> parse_set(const std::vector<std::string>& set) {
  node::ConfigFlags flags;
  for (const std::string& item : set) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kInvalidArgument, "--set " + item + ": write section.key=value");
    }
    flags[item.substr(0, equals)] = item.substr(equals + 1);
  }
  return flags;
}

Result<node::NodeConfig> load(const Arguments& arguments) {
  GALEN_TRY(const node::ConfigFlags flags, parse_set(arguments.set));
  return node::load_config(arguments.config, node::process_environment(), flags);
}

/// SIGTERM and SIGINT are taken by sigwait on the main thread; a second one ends at once.
void block_signals(sigset_t& signals) {
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop(const sigset_t& signals) {
  int received = 0;
  do {
    sigwait(&signals, &received);
    if (received == SIGHUP) {
      telemetry::log(
          telemetry::Level::kInfo, "node", "SIGHUP: changes of the configuration need a restart");
    }
  } while (received == SIGHUP);
}

int run(const Arguments& arguments) {
  const auto config = load(arguments);
  if (!config) return fail_with(ExitCode::kConfig, config.error().message);
  auto material = node::check_config(*config, wall_clock());
  if (!material) return fail_with(ExitCode::kConfig, material.error().message);
  telemetry::LogOptions log;
  log.level = *telemetry::parse_level(config->log_level);
  log.format = *telemetry::parse_format(config->log_format);
  log.file = config->log_file;
  log.node = material->organisation_name;
  if (auto started = telemetry::start_log(log); !started)
    return fail_with(ExitCode::kConfig, started.error().message);
  net::route_grpc_log([](bool is_error, const std::string& line) {
    telemetry::log(is_error ? telemetry::Level::kWarn : telemetry::Level::kDebug, "grpc", line);
  });
  for (const std::string& warning : material->warnings)
    telemetry::log(telemetry::Level::kWarn, "node", warning);
  sigset_t signals;
  block_signals(signals);
  auto daemon = node::Daemon::start(*config, *std::move(material));
  if (!daemon) return fail_with(daemon.error().code, daemon.error().error.message);
  wait_for_stop(signals);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // a second signal ends the process at once
  telemetry::log(telemetry::Level::kInfo, "node", "stopping");
  (*daemon)->stop();
  telemetry::log(telemetry::Level::kInfo, "node", "stopped");
  return static_cast<int>(ExitCode::kOk);
}

int check(const Arguments& arguments) {
  const auto config = load(arguments);
  if (!config) return fail_with(ExitCode::kConfig, config.error().message);
  if (arguments.print) std::fputs(node::print_config(*config).c_str(), stdout);
  const auto material = node::check_config(*config, wall_clock());
  if (!material) return fail_with(ExitCode::kConfig, material.error().message);
  for (const std::string& warning : material->warnings)
    std::fprintf(stderr, "galend: warning: %s\n", warning.c_str());
  std::printf("%s: ok: validator %u of %zu, organisation %s\n",
              arguments.config.c_str(),
              unsigned{material->self.value},
              material->genesis.validators.size(),
              material->organisation_name.c_str());
  return static_cast<int>(ExitCode::kOk);
}

int healthcheck(const Arguments& arguments) {
  const auto config = load(arguments);
  if (!config) return fail_with(ExitCode::kConfig, config.error().message);
  const auto healthy = node::healthcheck(*config, std::chrono::seconds(3));
  if (!healthy) return fail_with(ExitCode::kGeneral, healthy.error().message);
  std::puts("serving");
  return static_cast<int>(ExitCode::kOk);
}

int verify(const Arguments& arguments) {
  const auto config = load(arguments);
  if (!config) return fail_with(ExitCode::kConfig, config.error().message);
  const auto material = node::check_config(*config, wall_clock());
  if (!material) return fail_with(ExitCode::kConfig, material.error().message);
  return static_cast<int>(node::verify_store(*config, *material));
}

constexpr const char* kFooter =
    "Examples:\n"
    "  galend --config D/hospital-1/galend.toml\n"
    "  galend check-config --config D/hospital-1/galend.toml --print\n"
    "  galend --config galend.toml --set log.level=debug\n"
    "  galend verify-store --config galend.toml --set node.data_dir=/backup/data\n"
    "Precedence of settings: --set, then GALEN_<SECTION>_<KEY> in the environment, then the file.\n"
    "SIGTERM or SIGINT stops in order; a second one at once.\n"
    "Exit codes: 0 stopped in order, 1 general, 2 usage, 3 configuration, 4 data directory,\n"
    "  5 listen address, 10 storage failed while running, 11 state contradicts certified history,\n"
    "  12 verify-store found something wrong.";

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_DUMPABLE, 0);  // no keys in a core dump (IDC-9)
  Arguments arguments;
  CLI::App app{"galend: a hospital's node of a Galen consortium. Runs in the foreground.",
               "galend"};
  app.footer(kFooter);
  app.fallthrough();  // inherited by the verbs added below
  app.add_option("--config", arguments.config, "configuration file (galend.toml)")
      ->envname("GALEN_CONFIG");
  app.add_option(
      "--set", arguments.set, "section.key=value, overrides file and environment; repeatable");
  auto* check_config =
      app.add_subcommand("check-config", "check configuration, keys and certificates, then exit");
  check_config->add_flag(
      "--print", arguments.print, "print the effective configuration with sources");
  auto* health =
      app.add_subcommand("healthcheck", "ask the running node whether it serves; exit code 0 or 1");
  auto* store = app.add_subcommand(
      "verify-store", "check every row of a stopped node's data directory; writes nothing");
  auto* version = app.add_subcommand("version", "print version and build");
  version->add_option("--output", arguments.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return fail_with(ExitCode::kUsage, std::string(error.what()) + " (see galend --help)");
  }
  if (version->parsed()) {
    std::fputs(node::version_text(arguments.output == "json").c_str(), stdout);
    return static_cast<int>(ExitCode::kOk);
  }
  if (arguments.config.empty())
    return fail_with(ExitCode::kUsage,
                     "--config FILE or GALEN_CONFIG is needed (see galend --help)");
  if (check_config->parsed()) return check(arguments);
  if (health->parsed()) return healthcheck(arguments);
  if (store->parsed()) return verify(arguments);
  return run(arguments);
}
