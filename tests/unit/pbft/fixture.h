// Keys, opaque blocks and signed messages for tests of the pbft core.
#pragma once

#include "codec/codec.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "ledger/block.h"
#include "pbft/memo.h"
#include "pbft/replica.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace galen::pbft::test {

using ledger::Certificate;
using ledger::VoteSubject;
using ledger::VoteType;

/// A block of the tests: height, parent, origin view and any payload; its hash covers all bytes.
struct TestBlock {
  BlockInfo info;
  SharedBytes bytes;
};

inline TestBlock make_block(Height height,
                            const BlockHash& parent,
                            View origin,
                            std::uint64_t payload,
                            std::size_t padding = 0) {
  codec::Writer w;
  w.counter(height).raw(parent).counter(origin).u64(payload).bytes(Bytes(padding));
  TestBlock block;
  block.bytes = std::make_shared<const Bytes>(std::move(w).take());
  block.info = {id_cast<BlockHash>(crypto::sha256(*block.bytes)), height, parent, Epoch{0}, origin};
  return block;
}

inline Result<BlockInfo> inspect_block(const SharedBytes& bytes) {
  codec::Reader r(*bytes, "test block");
  BlockInfo info;
  info.height = r.counter<Height>();
  info.parent = r.fixed<BlockHash>();
  info.origin_view = r.counter<View>();
  (void)r.u64();
  (void)r.bytes(2 * kSmallBlockBytes);
  GALEN_TRY_STATUS(r.finish());
  info.hash = id_cast<BlockHash>(crypto::sha256(*bytes));
  return info;
}

inline ValidatorIndex member(std::size_t index) {
  return ValidatorIndex{static_cast<std::uint16_t>(index)};
}

/// n validators with keys, and everything they could sign.
class Consortium {
 public:
  explicit Consortium(std::size_t n) : memo_(100'000) {
    ledger::ValidatorSet set;
    for (std::size_t i = 0; i < n; ++i) {
      Bytes scalar(32, 0);
      scalar[31] = static_cast<std::uint8_t>(i + 1);
      keys_.push_back(*crypto::PrivateKey::from_scalar(scalar));
      set.members.push_back({{}, keys_.back().public_key(), {}});
    }
    chain_ = id_cast<ChainId>(crypto::sha256(as_bytes("test chain")));
    verifier_.emplace(*Verifier::create(chain_, Epoch{0}, set, inspect_block, &memo_));
  }

  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  [[nodiscard]] const ChainId& chain() const { return chain_; }

  [[nodiscard]] BlockHash genesis() const { return id_cast<BlockHash>(chain_); }

  [[nodiscard]] const Verifier& verifier() const { return *verifier_; }

  [[nodiscard]] Signature sign(std::size_t who, BytesView statement) const {
    return keys_[who].sign(statement);
  }

  [[nodiscard]] JournalRecord signed_record(std::size_t who, JournalRecord record) const {
    set_signature(record, sign(who, statement(chain_, record)));
    return record;
  }

  [[nodiscard]] Vote vote(
      std::size_t who, VoteType type, View view, Height height, const BlockHash& block) const {
    Vote vote{{Epoch{0}, type, view, height, block}, member(who), {}};
    vote.signature = sign(who, ledger::vote_statement(chain_, vote.subject));
    return vote;
  }

  [[nodiscard]] Certificate certificate(VoteType type,
                                        View view,
                                        Height height,
                                        const BlockHash& block,
                                        const std::vector<std::size_t>& members) const {
    Certificate certificate{{Epoch{0}, type, view, height, block}, {}};
    for (const std::size_t who : members) {
      certificate.signatures.emplace(member(who), vote(who, type, view, height, block).signature);
    }
    return certificate;
  }

  /// Of the first Q members.
  [[nodiscard]] Certificate certificate(VoteType type,
                                        View view,
                                        Height height,
                                        const BlockHash& block) const {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < ledger::quorum(size()); ++i) members.push_back(i);
    return certificate(type, view, height, block, members);
  }

  [[nodiscard]] Proposal proposal(View view,
                                  const TestBlock& block,
                                  std::optional<Certificate> parent = {}) const {
    const std::size_t who = view.value % size();
    return {vote(who, VoteType::kPrepare, view, block.info.height, block.info.hash),
            block.bytes,
            std::move(parent)};
  }

  [[nodiscard]] ViewChange view_change(std::size_t who,
                                       View new_view,
                                       std::optional<Certificate> committed = {},
                                       std::optional<Certificate> prepared = {}) const {
    ViewChange change;
    change.new_view = new_view;
    change.hash = genesis();
    if (committed) {
      change.height = committed->subject.height;
      change.hash = committed->subject.block;
    }
    change.committed = std::move(committed);
    change.prepared = std::move(prepared);
    change.member = member(who);
    change.signature = sign(who, view_change_statement(chain_, change));
    return change;
  }

  [[nodiscard]] NewView new_view(View view, std::vector<ViewChange> changes) const {
    NewView new_view{Epoch{0}, view, std::move(changes), member(view.value % size()), {}};
    new_view.signature = sign(new_view.member.value, new_view_statement(chain_, new_view));
    return new_view;
  }

 private:
  std::vector<crypto::PrivateKey> keys_;
  ChainId chain_;
  BoundedMemo memo_;
  std::optional<Verifier> verifier_;
};

/// One replica under test; everybody else is played by the test.
class Bench {
 public:
  explicit Bench(std::size_t n,
                 std::size_t self,
                 Restored restored = {},
                 std::optional<Head> head = {})
      : consortium(n), self_(self), replica(make(n, std::move(restored), std::move(head))) {
    (void)replica.start();
  }

  /// As the wire does it: encode, decode, verify, step. The message must be valid.
  Output receive(const Message& message, std::size_t from) {
    auto decoded = decode_message(encode(message));
    EXPECT_TRUE(decoded.has_value()) << (decoded ? "" : decoded.error().message);
    auto verified = consortium.verifier().verify(*std::move(decoded), member(from));
    EXPECT_TRUE(verified.has_value()) << (verified ? "" : verified.error().message);
    if (!verified) return {};
    return replica.step(to_event(*std::move(verified)));
  }

  /// Signs and syncs what was asked for and feeds it back; the outputs are merged.
  Output persist(const Output& output) {
    Output merged;
    for (const JournalRecord& record : output.persist) {
      journal.push_back(consortium.signed_record(self_, record));
      append(merged,
             replica.step(Persisted{consortium.verifier().own(journal.back(), member(self_))}));
    }
    return merged;
  }

  /// Rule 25: Q - 1 others with nothing unknown.
  void confirm() {
    for (std::size_t i = 0; i < consortium.size(); ++i) {
      if (i != self_) (void)receive(status_of(replica.applied()), i);
    }
    ASSERT_TRUE(replica.may_vote());
  }

  [[nodiscard]] StatusReport status_of(Height applied) const {
    StatusReport report;
    report.applied = applied;
    report.applied_hash = replica.applied_hash();
    report.max_commit_height = applied;
    report.suspects.resize(consortium.size());
    report.view_changes.resize(consortium.size());
    report.stamp = 1;
    report.echoes.assign(consortium.size(), replica.status().stamp);
    for (HeldSlot& slot : report.slots) slot.members.resize(consortium.size());
    return report;
  }

  Output ticks(std::size_t count) {
    Output merged;
    for (std::size_t i = 0; i < count; ++i) append(merged, replica.step(Tick{}));
    return merged;
  }

  /// Answers CheckBlock or CommitBlock of `output` positively.
  Output check_valid(const Output& output) {
    Output merged;
    for (const Action& action : output.deliver) {
      if (const auto* check = std::get_if<CheckBlock>(&action)) {
        append(merged, replica.step(BlockChecked{check->view, check->hash, BlockVerdict::kValid}));
      }
    }
    return merged;
  }

  static void append(Output& to, Output from) {
    std::move(from.persist.begin(), from.persist.end(), std::back_inserter(to.persist));
    std::move(from.send.begin(), from.send.end(), std::back_inserter(to.send));
    std::move(from.deliver.begin(), from.deliver.end(), std::back_inserter(to.deliver));
    std::move(from.trace.begin(), from.trace.end(), std::back_inserter(to.trace));
  }

  Consortium consortium;
  std::vector<JournalRecord> journal;

 private:
  std::size_t self_;

  Replica make(std::size_t n, Restored restored, std::optional<Head> head) {
    Config config;
    config.self = member(self_);
    config.validators = n;
    return Replica(config, head ? *head : Head{{}, consortium.genesis(), {}}, std::move(restored));
  }

 public:
  Replica replica;
};

template <class M>
std::vector<M> sent(const Output& output) {
  std::vector<M> found;
  for (const Send& send : output.send) {
    if (const auto* message = std::get_if<M>(&send.message)) found.push_back(*message);
  }
  return found;
}

template <class A>
std::vector<A> actions(const Output& output) {
  std::vector<A> found;
  for (const Action& action : output.deliver) {
    if (const auto* wanted = std::get_if<A>(&action)) found.push_back(*wanted);
  }
  return found;
}

template <class R>
std::vector<R> asked(const Output& output) {
  std::vector<R> found;
  for (const JournalRecord& record : output.persist) {
    if (const auto* wanted = std::get_if<R>(&record)) found.push_back(*wanted);
  }
  return found;
}

inline std::vector<VoteRecord> votes_asked(const Output& output) {
  return asked<VoteRecord>(output);
}

inline bool ignored(const Output& output, IgnoreReason reason) {
  return std::any_of(output.trace.begin(), output.trace.end(), [&](const TraceRecord& t) {
    return t.kind == TraceKind::kIgnored && t.reason == reason;
  });
}

inline bool traced(const Output& output, TraceKind kind) {
  return std::any_of(output.trace.begin(), output.trace.end(), [&](const TraceRecord& t) {
    return t.kind == kind;
  });
}

inline TestBlock block_at_one(const Consortium& consortium,
                              std::uint64_t payload = 1,
                              View origin = {}) {
  return make_block(Height{1}, consortium.genesis(), origin, payload);
}

/// Of VIEW-CHANGEs of these members that claim nothing.
inline NewView new_view_of(const Consortium& c,
                           View view,
                           const std::vector<std::size_t>& members) {
  std::vector<ViewChange> changes;
  for (const std::size_t who : members) changes.push_back(c.view_change(who, view));
  return c.new_view(view, std::move(changes));
}

}  // namespace galen::pbft::test
