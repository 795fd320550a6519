// Byzantine voters: B15-B21.
#include "byzantine/strategies.h"

#include <array>
#include <utility>

namespace galen::byzantine {

namespace {

using ledger::VoteType;
using pbft::Vote;

/// n of P-256 (FIPS 186-5).
constexpr std::array<std::uint8_t, 32> kOrder = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/// B15, B17: another block in the same slot, besides or instead of the right one.
class DoubleVote final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto vote = own<Vote>(message);
    if (!vote) return out.push_back(message);
    ledger::VoteSubject subject = vote->subject;
    subject.block = forge_.random_hash();
    const Outgoing other = repacked(message, forge_.vote(subject));
    const std::uint64_t draw = forge_.rng().below(3);
    if (draw != 0) out.push_back(other);
    if (draw != 1) out.push_back(message);
  }
};

/// B16: COMMIT for whatever is proposed, at once, by anybody.
class HastyCommit final : public Forging {
 public:
  using Forging::Forging;

  bool receives(ValidatorIndex, engine::Channel channel, BytesView bytes) override {
    const auto inside = opened(channel, bytes);
    const auto* proposal = inside ? std::get_if<pbft::Proposal>(&*inside) : nullptr;
    if (proposal != nullptr && due_.size() < 8) due_.push_back(proposal->vote.subject);
    return true;
  }

  void tick(Outbox& out) override {
    for (ledger::VoteSubject& subject : std::exchange(due_, {})) {
      forge_.broadcast(forge_.vote(subject), out);
      subject.type = VoteType::kCommit;
      forge_.broadcast(forge_.vote(subject), out);
    }
  }

 private:
  std::vector<ledger::VoteSubject> due_;
};

/// B18: votes for some only.
class PartialVote final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    if (own<Vote>(message) && (message.to.value + forge_.member().seed) % 2 == 0) return;
    out.push_back(message);
  }
};

/// B19: votes long after their time.
class LateVote final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    if (own<Vote>(message))
      out.back().delay_ticks = static_cast<std::uint32_t>(forge_.rng().below(600));
  }
};

/// The other signature that ECDSA takes for the same statement, r and n - s; ours are low-S only.
Signature high_s(Signature signature) {
  constexpr std::size_t kHalf = Signature::kSize / 2;
  std::uint32_t borrow = 0;
  for (std::size_t i = kHalf; i-- > 0;) {
    std::uint8_t& byte = signature.value[kHalf + i];
    const std::uint32_t taken = byte + borrow;
    borrow = kOrder[i] < taken ? 1 : 0;
    byte = static_cast<std::uint8_t>(kOrder[i] + 256 * borrow - taken);
  }
  return signature;
}

/// B20, B36, B37: signatures that do not verify, of others, of other epochs and chains, for other
/// types, malleated.
class BadSignature final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto vote = own<Vote>(message);
    if (!vote) return out.push_back(message);
    for (int i = 0; i < 3; ++i) out.push_back(repacked(message, damaged(*vote)));
    out.push_back(message);
  }

 private:
  Vote damaged(const Vote& vote) {
    Vote bad = vote;
    ledger::VoteSubject subject = vote.subject;
    switch (forge_.rng().below(7)) {
      case 0: bad.signature.value[33] ^= 1U; return bad;
      case 1: bad.member = forge_.anybody(); return bad;
      case 2:
        bad.subject.type =
            vote.subject.type == VoteType::kPrepare ? VoteType::kCommit : VoteType::kPrepare;
        return bad;
      case 3: subject.epoch = Epoch{1 + forge_.rng().below(3)}; return forge_.vote(subject);
      case 4:
        bad.member = ValidatorIndex{static_cast<std::uint16_t>(forge_.member().validators + 1)};
        return bad;
      case 5: bad.signature = high_s(vote.signature); return bad;
      default: break;
    }
    ChainId other = forge_.member().chain;
    other.value[0] ^= 1U;
    bad.signature = forge_.member().sign(ledger::vote_statement(other, subject));
    return bad;
  }
};

/// B21, B25: certificates made of one's own signature and noise.
class FalseCertificate final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    if (const auto vote = own<Vote>(message)) {
      ledger::VoteSubject subject = vote->subject;
      subject.type = VoteType::kCommit;
      if (forge_.rng().below(2) == 0) subject.block = forge_.random_hash();
      subject.height.value += forge_.rng().below(4);
      const auto certificate = forge_.certificate(subject, forge_.quorum());
      out.push_back(repacked(message, pbft::CommitProof{certificate, nullptr}));
    }
  }
};

}  // namespace

std::vector<Entry> voter_strategies() {
  return {{"double-vote", "B15 B17", make<DoubleVote>},
          {"hasty-commit", "B16", make<HastyCommit>},
          {"partial-vote", "B18", make<PartialVote>},
          {"late-vote", "B19", make<LateVote>},
          {"bad-signature", "B20 B36 B37", make<BadSignature>},
          {"false-certificate", "B21", make<FalseCertificate>}};
}

}  // namespace galen::byzantine
