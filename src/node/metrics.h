// What a monitoring system reads from a node: numbers about consensus and storage, none about
// persons, in the text format of Prometheus. Over plain HTTP, at an address that only the
// operator's own systems reach (docs/operations.md). Thread rule: metrics_text is pure; a
// MetricsServer is made and destroyed on one thread and has one of its own.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "rpc/acceptor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace galen::node {

struct PeerMetrics {
  std::string organisation;
  bool connected = false;
  Height height;  ///< as its last status said
};

/// Of one member's client.
struct MemberCount {
  std::string organisation;
  std::uint64_t count = 0;
};

struct Metrics {
  std::string version;
  std::string organisation;
  Height height;
  View view;
  bool view_active = false;
  bool voting = false;
  bool amnesia = false;  ///< its memory of votes is lost: it follows without voting
  bool fresh = false;    ///< a quorum confirmed the head within stale_ms
  bool taking_state = false;
  bool open_erasures = false;
  std::uint64_t evidence = 0;           ///< pieces kept
  std::uint64_t emergency_entries = 0;  ///< of its journal, not known to be in the patients' logs
  std::uint64_t pool_transactions = 0;
  std::uint64_t pool_bytes = 0;
  std::uint64_t committed_transactions = 0;  ///< since start
  std::uint64_t ignored_messages = 0;        ///< of peers, since start
  std::uint64_t buffered_votes = 0;
  std::uint64_t buffered_blocks = 0;
  std::int64_t certificate_left_ms = 0;  ///< until the node's certificate ends
  std::int64_t proposal_skew_ms = 0;     ///< time of the last proposal less the own clock's
  std::uint64_t untimely_proposals = 0;  ///< since start
  rpc::ConnectionCounts connections;
  std::vector<MemberCount> refused_queries;  ///< about persons, since start
  std::uint64_t uptime_ms = 0;
  std::uint64_t resident_bytes = 0;
  std::vector<PeerMetrics> peers;
};

/// Prometheus text exposition format 0.0.4.
[[nodiscard]] std::string metrics_text(const Metrics& metrics);

/// Memory of this process; 0 when the system does not tell.
[[nodiscard]] std::uint64_t resident_bytes();

/// Answers GET /metrics, one request a connection. At most 16 connections at a time, 8 KiB and 5 s
/// for a request; others are closed.
class MetricsServer {
 public:
  /// Listens on "host:port"; `text` is called on its thread. kUnavailable when the address cannot
  /// be used.
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> start(
      const std::string& address, std::function<std::string()> text);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Loop;
  explicit MetricsServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace galen::node
