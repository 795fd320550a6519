#include "cli/network/network.h"
#include "cli/network/node_process.h"
#include "cli/network/report.h"
#include "cli/network/status_table.h"
#include "galen/client.h"

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <signal.h>
#include <thread>

namespace galen::cli {
namespace {

using network::NodePlace;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kStatusTimeoutMs = 2000;
constexpr std::size_t kTailLines = 5;

Result<std::vector<NodePlace>> chosen_nodes(const NetworkOptions& options) {
  GALEN_TRY(std::vector<NodePlace> nodes, network::find_nodes(options.directory));
  if (options.only == 0) return nodes;
  for (const NodePlace& node : nodes) {
    if (node.number == options.only) return std::vector<NodePlace>{node};
  }
  return fail(
      ErrorCode::kInvalidArgument,
      "network: hospital-" + std::to_string(options.only) + ": is not in " + options.directory);
}

/// Calls `done` every 50 ms until it gives a result or the time is over.
template <class T>
std::optional<T> poll(int seconds, const std::function<std::optional<T>()>& done) {
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  while (true) {
    if (auto result = done()) return result;
    if (Clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Result<client::Client> open_client(const NodePlace& node) {
  client::ClientOptions options;
  options.profile = node.profile();
  options.timeout_ms = kStatusTimeoutMs;
  auto opened = client::Client::open(options);
  if (!opened) return fail(ErrorCode::kConfig, "network: " + opened.failure().line());
  return std::move(*opened);
}

/// What a node still waits for; empty when it answers and sees every node that runs.
std::string still_missing(const client::NodeStatus& status, const std::set<std::string>& running) {
  if (!status.reachable) return status.organisation + " does not answer";
  for (const auto& peer : status.peers) {
    if (!peer.connected && running.count(peer.organisation) != 0) {
      return status.organisation + " is not connected to " + peer.organisation;
    }
  }
  return {};
}

std::set<std::string> running_names(const std::vector<NodePlace>& nodes) {
  std::set<std::string> names;
  for (const NodePlace& node : nodes) {
    if (network::running_pid(node)) names.insert(node.name);
  }
  return names;
}

/// Until every started node answers and is connected; stops early when one of them ends.
Status wait_until_connected(const std::vector<NodePlace>& all,
                            const std::map<int, pid_t>& started,
                            int seconds) {
  std::string missing;
  const auto step = [&]() -> std::optional<Status> {
    for (const NodePlace& node : all) {
      const auto pid = started.find(node.number);
      if (pid == started.end() || !network::has_gone(node, pid->second)) continue;
      return Status(fail(ErrorCode::kUnavailable,
                         "network start: " + node.name + " ended; the end of " + node.log_file() +
                             ":" + network::log_tail(node, kTailLines)));
    }
    auto running = running_names(all);
    // Between fork and exec a node is not seen as running yet, but it is waited for.
    for (const NodePlace& node : all) {
      if (started.count(node.number) != 0) running.insert(node.name);
    }
    missing.clear();
    // A new client each time: a connection that was refused once waits before it is tried again.
    auto client = open_client(all.front());
    if (!client) return Status(tl::unexpected(client.error()));
    for (const auto& status : client->status_all()) {
      if (running.count(status.organisation) == 0 || !missing.empty()) continue;
      missing = still_missing(status, running);
    }
    return missing.empty() ? std::optional<Status>(Status()) : std::nullopt;
  };
  const auto result = poll<Status>(seconds, step);
  if (result) return *result;
  return fail(ErrorCode::kDeadlineExceeded,
              "network start: after " + std::to_string(seconds) + " s " + missing +
                  "; see the galend.log of that hospital");
}

Status start(const NetworkOptions& options) {
  GALEN_TRY(const std::vector<NodePlace> all, network::find_nodes(options.directory));
  GALEN_TRY(const std::vector<NodePlace> nodes, chosen_nodes(options));
  GALEN_TRY(const std::string galend, network::find_galend());
  std::map<int, pid_t> started;
  for (const NodePlace& node : nodes) {
    if (network::running_pid(node)) continue;
    GALEN_TRY(started[node.number], network::start_node(node, galend));
  }
  GALEN_TRY_STATUS(wait_until_connected(all, started, options.wait_seconds));
  std::printf(options.json ? "{\"started\":%zu,\"running\":%zu}\n" : "%zu started, %zu running\n",
              started.size(),
              running_names(all).size());
  return {};
}

Result<std::vector<network::NodeRow>> status_rows(const NetworkOptions& options) {
  GALEN_TRY(const std::vector<NodePlace> all, network::find_nodes(options.directory));
  GALEN_TRY(client::Client client, open_client(all.front()));
  const auto statuses = client.status_all();
  std::vector<network::NodeRow> rows;
  for (const NodePlace& node : all) {
    if (options.only != 0 && node.number != options.only) continue;
    network::NodeRow row;
    row.name = node.name;
    row.pid = network::running_pid(node);
    for (const auto& status : statuses) {
      if (status.organisation == node.name) row.status = status;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Status stop(const NetworkOptions& options) {
  GALEN_TRY(const std::vector<NodePlace> nodes, chosen_nodes(options));
  std::map<int, pid_t> stopping;
  for (const NodePlace& node : nodes) {
    const auto pid = network::running_pid(node);
    if (!pid) continue;
    if (::kill(*pid, SIGTERM) == 0) stopping[node.number] = *pid;
  }
  std::string left;
  const auto all_gone = [&]() -> std::optional<bool> {
    left.clear();
    for (const NodePlace& node : nodes) {
      const auto pid = stopping.find(node.number);
      if (pid == stopping.end() || network::has_gone(node, pid->second)) continue;
      left += " " + node.name + " (pid " + std::to_string(pid->second) + ")";
    }
    return left.empty() ? std::optional<bool>(true) : std::nullopt;
  };
  if (!poll<bool>(options.wait_seconds, all_gone)) {
    return fail(ErrorCode::kDeadlineExceeded,
                "network stop: after " + std::to_string(options.wait_seconds) +
                    " s still running:" + left +
                    ": send SIGKILL if you must; nothing is lost by it");
  }
  std::printf(options.json ? "{\"stopped\":%zu}\n" : "%zu stopped\n", stopping.size());
  return {};
}

}  // namespace

int network_start(const NetworkOptions& options) {
  if (const auto status = start(options); !status) return network::report(status.error());
  return network::kExitOk;
}

int network_status(const NetworkOptions& options) {
  const auto rows = status_rows(options);
  if (!rows) return network::report(rows.error());
  const std::string text = options.json ? status_json(*rows) : status_table(*rows);
  std::fputs(text.c_str(), stdout);
  for (const auto& row : *rows) {
    if (!row.pid || !row.status.reachable) return network::kExitUnavailable;
  }
  return network::kExitOk;
}

int network_stop(const NetworkOptions& options) {
  if (const auto status = stop(options); !status) return network::report(status.error());
  return network::kExitOk;
}

}  // namespace galen::cli
