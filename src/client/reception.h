// Receiving one object and checking everything about it while it is written (PAY-6): for committed
// accesses and for emergencies. Thread rule: one thread.
#pragma once

#include "client/received_file.h"
#include "client/session.h"
#include "crypto/chunk_stream.h"
#include "crypto/digest.h"
#include "galen/types.h"
#include "modules/records/records.h"
#include "payload/key_envelope.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace galen::client {

inline constexpr auto kTransferTime = std::chrono::hours(1);

/// What is to be received, and where to.
struct Wanted {
  RecordId record;
  /// Of the index, when it may be discovered; at the latest `Target` knows it.
  const std::optional<records::RecordEntry>& entry;
  std::string out;
};

/// One attempt.
class Reception {
 public:
  using Fetch =
      std::function<Result<std::uint64_t>(const NodeApi::HeaderSink&, const NodeApi::ChunkSink&)>;
  /// What the key was wrapped for, once the header is there.
  using Target = std::function<Result<payload::ReleaseTarget>(const ReleasedObject&)>;

  Reception(const Session& session, const crypto::PrivateKey& agreement_key, Wanted wanted)
      : session_(session), agreement_key_(agreement_key), wanted_(std::move(wanted)) {}

  /// The file has its name when this succeeds. kCorrupt; what `fetch` says.
  Status receive(const Fetch& fetch, const Target& target, const Progress& progress);

  [[nodiscard]] const ReleasedObject& object() const { return object_; }

  [[nodiscard]] std::uint64_t size() const { return done_; }

 private:
  Status start(const ReleasedObject& object, const payload::ReleaseTarget& target);
  Status accept(BytesView bytes, const Progress& progress);
  Status check_whole();

  const Session& session_;
  const crypto::PrivateKey& agreement_key_;
  Wanted wanted_;
  ReleasedObject object_;
  crypto::RecordKey key_;
  std::optional<crypto::ChunkOpener> opener_;
  crypto::Hasher hasher_;
  ReceivedFile* file_ = nullptr;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace galen::client
