// Members that flood the others as fast as the line takes it: B22, B35, B37. For real processes
// alone: a simulated second of it would cost minutes. What is sent is made beforehand, so that the
// cost is the receivers'.
#include "byzantine/strategies.h"

#include <array>
#include <utility>

namespace galen::byzantine {

namespace {

using ledger::VoteType;

/// B35, B36, B37: bytes that are no message, beginnings of messages, votes whose signature does not
/// verify, and votes for heights far ahead.
class GarbageFlood final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    const auto inside = opened(message);
    const auto* vote = inside ? std::get_if<pbft::Vote>(&*inside) : nullptr;
    if (vote == nullptr || !(author(*inside) == forge_.member().self)) return;
    present_ = vote->subject;
    beginning_ = *message.bytes;
  }

  void tick(Outbox& out) override {
    for (std::size_t i = 0; i < kMadePerTick; ++i) pool_[next_made_++ % kPool] = made();
    for (std::uint16_t to = 0; to < forge_.member().validators; ++to) {
      if (ValidatorIndex{to} == forge_.member().self) continue;
      for (std::size_t i = 0; i < kSentPerTick; ++i) {
        const auto& bytes = pool_[next_sent_++ % kPool];
        if (!bytes) continue;
        const auto channel =
            next_sent_ % 8 == 0 ? engine::Channel::kBulk : engine::Channel::kConsensus;
        out.push_back({ValidatorIndex{to}, channel, bytes, 0});
      }
    }
  }

 private:
  static constexpr std::size_t kPool = 256;
  static constexpr std::size_t kMadePerTick = 4;
  static constexpr std::size_t kSentPerTick = 50;  ///< to each: 5,000 a second

  engine::SharedBytes made() {
    sim::Rng& rng = forge_.rng();
    switch (rng.below(4)) {
      case 0: {
        Bytes noise(64 + rng.below(8192));
        rng.fill(noise);
        return std::make_shared<const Bytes>(std::move(noise));
      }
      case 1: {
        Bytes cut = beginning_;
        cut.resize(rng.below(cut.size() + 1));
        return std::make_shared<const Bytes>(std::move(cut));
      }
      case 2: {
        ledger::VoteSubject subject = present_;
        subject.block = forge_.random_hash();
        subject.type = rng.below(2) == 0 ? VoteType::kPrepare : VoteType::kCommit;
        pbft::Vote vote{subject, forge_.member().self, {}};
        rng.fill(vote.signature.value);
        vote.signature.value[0] &= 0x7fU;  // within the group's order: it is looked at
        vote.signature.value[32] &= 0x3fU;
        return std::make_shared<const Bytes>(pbft::encode(pbft::Message(vote)));
      }
      default: {
        ledger::VoteSubject subject = present_;
        subject.height.value += 3 + rng.below(1U << 20U);
        subject.block = forge_.random_hash();
        return std::make_shared<const Bytes>(pbft::encode(pbft::Message(forge_.vote(subject))));
      }
    }
  }

  ledger::VoteSubject present_;
  Bytes beginning_;
  std::array<engine::SharedBytes, kPool> pool_;
  std::size_t next_made_ = 0;
  std::size_t next_sent_ = 0;
};

/// B22, B23: VIEW-CHANGEs of ever higher views, each signed, 1,000 a second to everybody.
class ViewChangeFlood final : public Forging {
 public:
  using Forging::Forging;

  void tick(Outbox& out) override {
    for (int i = 0; i < kPerTick; ++i) {
      pbft::ViewChange change;
      change.epoch = forge_.member().epoch;
      change.new_view = View{++view_};
      change.hash = id_cast<BlockHash>(forge_.member().chain);
      forge_.sign(change);
      forge_.broadcast(change, out);
    }
  }

 private:
  static constexpr int kPerTick = 10;
  std::uint64_t view_ = 0;
};

}  // namespace

std::vector<Entry> flood_strategies() {
  return {{"garbage-flood", "B35 B36 B37", make<GarbageFlood>, false},
          {"view-change-flood", "B22 B23", make<ViewChangeFlood>, false}};
}

}  // namespace galen::byzantine
