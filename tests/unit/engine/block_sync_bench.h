// A BlockSync that is behind, and sources whose answers a test decides. Thread rule: one thread.
#pragma once

#include "engine/block_sync.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace galen::engine::test {

using Request = BlockSync::Request;

inline constexpr ValidatorIndex kSelf{0};

inline SyncedBlock block_at(std::uint64_t height, std::size_t bytes = 100) {
  SyncedBlock made;
  made.block = std::make_shared<const Bytes>(bytes);
  made.info.height = Height{height};
  made.info.hash = BlockHash{{static_cast<std::uint8_t>(height)}};
  made.certificate.subject = {
      Epoch{0}, ledger::VoteType::kCommit, View{0}, Height{height}, made.info.hash};
  return made;
}

inline std::vector<SyncedBlock> blocks_from(std::uint64_t first,
                                            std::size_t count,
                                            std::size_t bytes = 100) {
  std::vector<SyncedBlock> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(block_at(first + i, bytes));
  return made;
}

/// One that is behind, and peers that all report the target.
struct Bench {
  explicit Bench(std::size_t n = 4, std::uint64_t target = 100'000) : sync(kSelf, n, Height{0}) {
    for (std::size_t i = 1; i < n; ++i) sync.note_status(peer(i), Height{target});
    sync.note_target(Height{target});
  }

  static ValidatorIndex peer(std::size_t i) {
    return ValidatorIndex{static_cast<std::uint16_t>(i)};
  }

  /// The reply to a request, in full, verified.
  void answer(const Request& request, std::size_t bytes = 100) {
    ASSERT_TRUE(sync.begin_reply(request.to, request.first, request.count));
    sync.accept(request.to, blocks_from(request.first.value, request.count, bytes));
  }

  BlockSync sync;
};

}  // namespace galen::engine::test
