#include "cli/network/status_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace galen::cli::network {
namespace {

constexpr std::size_t kShortDigits = 12;
constexpr std::size_t kColumns = 7;
using Line = std::array<std::string, kColumns>;

std::size_t connected_peers(const client::NodeStatus& status) {
  return static_cast<std::size_t>(std::count_if(
      status.peers.begin(), status.peers.end(), [](const auto& peer) { return peer.connected; }));
}

std::string state_text(const NodeRow& row) {
  if (!row.pid) return "stopped";
  if (!row.status.reachable) return "no answer";
  return row.status.voting ? "voting" : "not voting";
}

Line line_of(const NodeRow& row) {
  const auto& status = row.status;
  Line line{row.name, row.pid ? std::to_string(*row.pid) : "-", state_text(row)};
  if (!row.pid || !status.reachable) {
    std::fill(line.begin() + 3, line.end(), "-");
    return line;
  }
  line[3] = std::to_string(connected_peers(status)) + "/" + std::to_string(status.peers.size());
  line[4] = std::to_string(status.height);
  line[5] = status.block_hash.substr(0, kShortDigits);
  line[6] = status.state_root.substr(0, kShortDigits);
  return line;
}

}  // namespace

std::string status_table(const std::vector<NodeRow>& rows) {
  std::vector<Line> lines{{"NODE", "PID", "STATE", "PEERS", "HEIGHT", "BLOCK", "STATE ROOT"}};
  for (const NodeRow& row : rows) lines.push_back(line_of(row));
  std::array<std::size_t, kColumns> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    }
    text += line.back() + "\n";
  }
  return text;
}

std::string status_json(const std::vector<NodeRow>& rows) {
  nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
  for (const NodeRow& row : rows) {
    const auto& status = row.status;
    nlohmann::ordered_json node;
    node["organisation"] = row.name;
    node["pid"] = nullptr;
    if (row.pid) node["pid"] = *row.pid;
    node["running"] = row.pid.has_value();
    node["reachable"] = status.reachable;
    node["height"] = status.height;
    node["block_hash"] = status.block_hash;
    node["state_root"] = status.state_root;
    node["voting"] = status.voting;
    node["connected_peers"] = connected_peers(status);
    nodes.push_back(std::move(node));
  }
  return nlohmann::ordered_json{{"nodes", std::move(nodes)}}.dump(
             2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace galen::cli::network
