// Many transactions in flight over one stream to one node; for load generators and gateways.
// Thread rule: `submit` from any thread; answers come on a gRPC thread, one at a time, and must not
// block.
#pragma once

#include "base/bytes.h"
#include "client/node_api.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace galen::client {

class SubmitStream {
 public:
  /// Called once per submitted transaction, in any order; with kUnavailable when the stream ended
  /// first (the transaction may be committed all the same).
  using Answered = std::function<void(const SubmitAnswer&)>;

  /// Opens a stream over the node's connection; the node outlives it.
  explicit SubmitStream(NodeApi& node);
  /// Cancels the stream when `finish` was not called; returns after the last answer was given.
  ~SubmitStream();
  SubmitStream(const SubmitStream&) = delete;
  SubmitStream& operator=(const SubmitStream&) = delete;

  /// Queues canonical transaction bytes. The caller bounds how many wait.
  void submit(Bytes transaction, Answered answered);

  /// No more submissions; waits for the outstanding answers, at most until the deadline.
  void finish(Deadline deadline);

  /// Submitted and not answered yet.
  [[nodiscard]] std::size_t outstanding() const;

 private:
  class Reactor;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace galen::client
