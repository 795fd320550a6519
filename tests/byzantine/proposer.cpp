// Byzantine primaries: B1-B12, B14.
#include "byzantine/strategies.h"

#include <algorithm>
#include <map>
#include <utility>

namespace galen::byzantine {

namespace {

using pbft::Proposal;

/// Half of the members, and another half in the next view.
bool in_first_half(ValidatorIndex member, View view) {
  return (member.value + view.value) % 2 == 0;
}

/// The same block one millisecond later: another hash, equally valid.
std::optional<ledger::Block> sibling(const Proposal& proposal) {
  auto block = ledger::decode_block(*proposal.block);
  if (!block) return std::nullopt;
  block->header.time = block->header.time.next();
  return *std::move(block);
}

/// B1, B15: two blocks for two halves, each with all of this member's votes.
class Equivocate final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    if (const auto proposal = own<Proposal>(message)) {
      const ledger::VoteSubject& subject = proposal->vote.subject;
      const auto other = sibling(*proposal);
      if (!other || in_first_half(message.to, subject.view)) return out.push_back(message);
      const Proposal second = forge_.proposal(*proposal, *other);
      others_[{subject.view, subject.height}] = second.vote.subject.block;
      return out.push_back(repacked(message, second));
    }
    const auto vote = own<pbft::Vote>(message);
    if (!vote || in_first_half(message.to, vote->subject.view)) return out.push_back(message);
    const auto other = others_.find({vote->subject.view, vote->subject.height});
    if (other == others_.end()) return out.push_back(message);
    ledger::VoteSubject subject = vote->subject;
    subject.block = other->second;
    out.push_back(repacked(message, forge_.vote(subject)));
  }

 private:
  std::map<std::pair<View, Height>, BlockHash> others_;
};

/// B2: a second block once COMMITs for the first are on their way.
class EquivocateLate final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    if (auto proposal = own<Proposal>(message)) last_ = std::move(proposal);
    out.push_back(message);
  }

  bool receives(ValidatorIndex, engine::Channel channel, BytesView bytes) override {
    const auto inside = opened(channel, bytes);
    const auto* vote = inside ? std::get_if<pbft::Vote>(&*inside) : nullptr;
    if (vote != nullptr && last_ && vote->subject.type == ledger::VoteType::kCommit &&
        vote->subject.block == last_->vote.subject.block)
      due_ = true;
    return true;
  }

  void tick(Outbox& out) override {
    if (!std::exchange(due_, false)) return;
    const Proposal first = *std::exchange(last_, std::nullopt);
    if (const auto other = sibling(first)) forge_.broadcast(forge_.proposal(first, *other), out);
  }

 private:
  std::optional<Proposal> last_;
  bool due_ = false;
};

/// B3: no proposal for some.
class Withhold final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto proposal = own<Proposal>(message);
    const std::size_t n = forge_.member().validators;
    if (proposal &&
        (message.to.value + proposal->vote.subject.view.value) % n < ledger::fault_bound(n))
      return;
    out.push_back(message);
  }
};

/// B5: every proposal just before the timeout.
class SlowPrimary final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    if (own<Proposal>(message)) out.back().delay_ticks = 180;
  }
};

/// B6: one submitter in four never gets into this member's blocks.
class Censor final : public Forging {
 public:
  using Forging::Forging;

  bool admits(const ledger::DecodedTransaction& transaction) override {
    return transaction.transaction.header.submitter.value[0] % 4 != forge_.member().seed % 4;
  }
};

/// B7, B9, B10, B12: blocks that are wrong in one place, properly signed.
class BadBlocks final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto proposal = own<Proposal>(message);
    if (!proposal || forge_.rng().below(3) == 0) return out.push_back(message);
    auto block = ledger::decode_block(*proposal->block);
    if (!block) return out.push_back(message);
    damage(*block);
    out.push_back(repacked(message, forge_.proposal(*proposal, *block)));
  }

 private:
  void damage(ledger::Block& block) {
    ledger::BlockHeader& header = block.header;
    sim::Rng& rng = forge_.rng();
    const std::uint64_t kind = rng.below(12);
    // Another strategy, or this one before, may have emptied it.
    if (block.transactions.empty() && kind >= 7) return;
    switch (kind) {
      case 0: header.parent = forge_.random_hash(); break;
      case 1: header.height = header.height.next(); break;
      case 2: header.epoch = header.epoch.next(); break;
      case 3: header.state_root = rng.next<Digest>(); break;
      case 4: header.receipts_root = rng.next<Digest>(); break;
      case 5: header.transactions_root = rng.next<Digest>(); break;
      case 6: header.origin_view = View{header.origin_view.value / 2}; break;
      case 7: std::reverse(block.transactions.begin(), block.transactions.end()); break;
      case 8: block.transactions.push_back(block.transactions.front()); break;
      case 9: block.transactions.front().back() ^= 1U; break;
      case 10: block.transactions.clear(); break;
      default: block.transactions.resize(5000, block.transactions.front()); break;
    }
  }
};

/// B9: every block with the same wrong state root, to everybody.
class WrongRoot final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto proposal = own<Proposal>(message);
    if (!proposal) return out.push_back(message);
    auto block = ledger::decode_block(*proposal->block);
    if (!block) return;
    block->header.state_root.value[0] ^= 1U;
    out.push_back(repacked(message, forge_.proposal(*proposal, *block)));
  }
};

/// B8, B38: an old block again, under a fresh signature.
class OldBlocks final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto proposal = own<Proposal>(message);
    if (!proposal) return out.push_back(message);
    seen_.push_back(*proposal);
    const Proposal& old = seen_[forge_.rng().below(seen_.size())];
    const auto block = ledger::decode_block(*old.block);
    if (!block || forge_.rng().below(2) == 0) return out.push_back(message);
    ledger::VoteSubject subject = proposal->vote.subject;
    subject.block = old.vote.subject.block;
    out.push_back(
        repacked(message, Proposal{forge_.vote(subject), old.block, proposal->parent_certificate}));
  }

 private:
  std::vector<Proposal> seen_;
};

/// B11: a clock that lies: at the limits, beyond them, creeping.
class Liar final : public Forging {
 public:
  using Forging::Forging;

  void tick(Outbox&) override {
    ++ticks_;
    const std::uint64_t mode = forge_.member().seed % 4;
    if (mode == 0) lie_ = 490;
    if (mode == 1) lie_ = -2400;
    if (mode == 2) lie_ = static_cast<std::int64_t>(ticks_ / 10);
    if (mode == 3 && ticks_ % 100 == 0)
      lie_ = static_cast<std::int64_t>(forge_.rng().below(20'000)) - 10'000;
  }

  std::int64_t clock_lie_ms() override { return lie_; }

 private:
  std::uint64_t ticks_ = 0;
  std::int64_t lie_ = 0;
};

/// B14: proposals out of order: heights and views nobody asked for.
class Gaps final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    auto proposal = own<Proposal>(message);
    if (!proposal) return;
    auto block = ledger::decode_block(*proposal->block);
    if (!block) return;
    constexpr std::uint64_t kJumps[] = {1, 2, 3, 64, 1ULL << 40U, 1ULL << 61U};
    block->header.height.value += kJumps[forge_.rng().below(6)];
    out.push_back(repacked(message, forge_.proposal(*proposal, *block)));
  }
};

}  // namespace

std::vector<Entry> proposer_strategies() {
  return {{"equivocate", "B1 B15", make<Equivocate>},
          {"equivocate-late", "B2", make<EquivocateLate>},
          {"withhold", "B3", make<Withhold>},
          {"slow-primary", "B5", make<SlowPrimary>},
          {"censor", "B6", make<Censor>},
          {"bad-blocks", "B7 B9 B10 B12 B13", make<BadBlocks>},
          {"wrong-root", "B9", make<WrongRoot>, false},
          {"old-blocks", "B8", make<OldBlocks>},
          {"lie-about-time", "B11", make<Liar>},
          {"gaps", "B14", make<Gaps>}};
}

}  // namespace galen::byzantine
