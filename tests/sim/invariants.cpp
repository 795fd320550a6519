#include "sim/invariants.h"

#include "base/hex.h"
#include "base/limits.h"
#include "engine/application.h"
#include "engine/signature_memo.h"
#include "execution/executor.h"
#include "ledger/block.h"
#include "pbft/selection.h"

#include <algorithm>

namespace galen::sim {

namespace {

/// Ticks of 10 ms, on clocks that drift by a thousandth.
constexpr Micros kClockSlack = 50'000;

std::string at(ValidatorIndex member) {
  return "node " + std::to_string(member.value);
}

std::string text(const BlockHash& hash) {
  return to_hex(hash.view().first(4));
}

const Signature& signature_of(const pbft::JournalRecord& record) {
  if (const auto* vote = std::get_if<pbft::VoteRecord>(&record)) return vote->vote.signature;
  if (const auto* change = std::get_if<pbft::ViewChange>(&record)) return change->signature;
  return std::get<pbft::NewView>(record).signature;
}

/// Mirrors docs/protocol.md on purpose: the code under test is not asked.
std::uint64_t allowed_delay_ms(const ledger::Parameters& p, View origin, View parent) {
  const std::uint64_t views = origin > parent ? origin.value - parent.value : 0;
  return p.message_delay_ms * (1 + std::min<std::uint64_t>(views, 16));
}

std::uint64_t true_ms(Micros now) {
  return kGenesisMs + 1000 + now / 1000;
}

}  // namespace

void violated(const std::string& id, const std::string& what) {
  throw Violation(id + ": " + what);
}

Invariants::Invariants(const Consortium& consortium, const Mix& mix)
    : consortium_(consortium), mix_(mix), faultless_(mix.faultless()), reference_(consortium) {}

bool Invariants::is_correct(ValidatorIndex member) const {
  const Flaw flaw = mix_.flaws[member.value];
  return flaw == Flaw::kNone || flaw == Flaw::kBadClock || flaw == Flaw::kLostJournal ||
         flaw == Flaw::kLostLedger;
}

bool Invariants::keeps_votes(ValidatorIndex member) const {
  const Flaw flaw = mix_.flaws[member.value];
  return flaw == Flaw::kNone || flaw == Flaw::kBadClock;
}

bool Invariants::clocks_are_sound() const {
  const auto bad = static_cast<std::size_t>(
      std::count_if(mix_.flaws.begin(), mix_.flaws.end(), [](Flaw f) { return f != Flaw::kNone; }));
  return bad <= consortium_.fault_bound();
}

void Invariants::signed_by(ValidatorIndex author, const pbft::JournalRecord& record, Micros now) {
  if (!is_correct(author)) return;
  SlotKey key{author, Kind::kViewChange, {}, {}};
  if (const auto* vote = std::get_if<pbft::VoteRecord>(&record)) {
    const ledger::VoteSubject& subject = vote->vote.subject;
    key.kind = subject.type == ledger::VoteType::kPrepare ? Kind::kPrepare : Kind::kCommit;
    key.view = subject.view;
    key.height = subject.height;
    const bool first = key.kind == Kind::kPrepare && judged_.insert(subject.block).second;
    // I12: whoever prepares a block first judged its time by a sound clock.
    if (first && vote->block && mix_.flaws[author.value] == Flaw::kNone && clocks_are_sound()) {
      const auto block = ledger::decode_block(*vote->block);
      if (!block) violated("I3", at(author) + " prepared a block that does not decode");
      const std::uint64_t limit =
          true_ms(now) + consortium_.genesis.parameters.precision_ms + mix_.clock_spread_ms + 1;
      if (block->header.time.value > limit)
        violated("I12", at(author) + " prepared block " + text(subject.block) + " of the future");
    }
  } else if (const auto* change = std::get_if<pbft::ViewChange>(&record)) {
    key.view = change->new_view;
  } else {
    key.kind = Kind::kNewView;
    key.view = std::get<pbft::NewView>(record).view;
  }
  const Signature& signature = signature_of(record);
  Signed& entry = signatures_[key];
  if (entry.sent && entry.signature != signature)
    violated("I6",
             at(author) + " signed twice in view " + std::to_string(key.view.value) + ", height " +
                 std::to_string(key.height.value));
  // Signed again after a crash lost it: only now it counts.
  if (entry.sent) return;
  entry = {signature, ++order_, false};
}

void Invariants::sent_by(ValidatorIndex from,
                         const pbft::Message& message,
                         const VirtualDisk& disk) {
  if (!is_correct(from)) return;
  const auto vote = [&](const pbft::Vote& v) {
    if (v.member != from) return;
    const bool prepare = v.subject.type == ledger::VoteType::kPrepare;
    sent_own({from, prepare ? Kind::kPrepare : Kind::kCommit, v.subject.view, v.subject.height},
             v.signature,
             disk);
  };
  if (const auto* v = std::get_if<pbft::Vote>(&message)) {
    vote(*v);
  } else if (const auto* proposal = std::get_if<pbft::Proposal>(&message)) {
    vote(proposal->vote);
  } else if (const auto* change = std::get_if<pbft::ViewChange>(&message)) {
    if (change->member == from)
      sent_own({from, Kind::kViewChange, change->new_view, {}}, change->signature, disk);
  } else if (const auto* new_view = std::get_if<pbft::NewView>(&message)) {
    if (new_view->member == from)
      sent_own({from, Kind::kNewView, new_view->view, {}}, new_view->signature, disk);
  }
}

void Invariants::sent_own(const SlotKey& key, const Signature& signature, const VirtualDisk& disk) {
  const std::string where =
      " in view " + std::to_string(key.view.value) + ", height " + std::to_string(key.height.value);
  const auto entry = signatures_.find(key);
  if (entry == signatures_.end() || entry->second.signature != signature)
    violated("I6", at(key.author) + " sends another signature than it journalled" + where);
  if (entry->second.sent) return;
  if (!disk.holds_durably(signature.view()))
    violated("I7", at(key.author) + " sends a signature that is not synced" + where);
  entry->second.sent = true;
  check_views(key, entry->second.order);
}

/// SAF-4: no vote signed after a VIEW-CHANGE for a higher view.
void Invariants::check_views(const SlotKey& key, std::uint64_t order) {
  const auto complain = [&] {
    violated(
        "I6",
        at(key.author) + " votes below its VIEW-CHANGE, view " + std::to_string(key.view.value));
  };
  if (key.kind == Kind::kPrepare || key.kind == Kind::kCommit) {
    const SlotKey above{key.author, Kind::kViewChange, key.view.next(), {}};
    for (auto it = signatures_.lower_bound(above); it != signatures_.end(); ++it) {
      if (it->first.author != key.author || it->first.kind != Kind::kViewChange) break;
      if (it->second.sent && it->second.order < order) complain();
    }
    return;
  }
  if (key.kind != Kind::kViewChange) return;
  for (const Kind kind : {Kind::kPrepare, Kind::kCommit}) {
    for (auto it = signatures_.lower_bound({key.author, kind, {}, {}}); it != signatures_.end();
         ++it) {
      if (it->first.author != key.author || it->first.kind != kind || it->first.view >= key.view)
        break;
      if (it->second.sent && it->second.order > order) complain();
    }
  }
}

void Invariants::proposed(const pbft::Proposal& proposal, Micros now) {
  first_proposed_.emplace(proposal.vote.subject.block, now);
}

void Invariants::accepted(const pbft::NewView& new_view) {
  const pbft::Selection selection = pbft::select(new_view);
  if (selection.base.value >= chain_.size()) return;
  const CanonicalBlock& committed = chain_[selection.base.value];
  if (committed.lowest_view >= new_view.view) return;
  if (!selection.forced || selection.forced->subject.block != committed.hash)
    violated("I8",
             "the NEW-VIEW of view " + std::to_string(new_view.view.value) +
                 " does not carry the block committed at height " +
                 std::to_string(selection.base.value + 1));
}

View Invariants::highest_view_asked() const {
  View highest;
  for (const auto& [key, entry] : signatures_) {
    if (key.kind == Kind::kViewChange) highest = std::max(highest, key.view);
  }
  return highest;
}

std::optional<Height> Invariants::committed(const TxId& id) const {
  const auto found = committed_.find(id);
  if (found == committed_.end()) return std::nullopt;
  return found->second;
}

void Invariants::applied(ValidatorIndex member,
                         const engine::Candidate& block,
                         const ledger::Certificate& certificate,
                         Micros now) {
  const ledger::VoteSubject& subject = certificate.subject;
  if (subject.type != ledger::VoteType::kCommit || subject.block != block.hash ||
      subject.height != block.header.height)
    violated("I2", at(member) + " applied a block with a certificate for something else");
  if (auto valid =
          ledger::verify_certificate(certificate, consortium_.chain, consortium_.validators);
      !valid)
    violated("I2", at(member) + " applied a block: " + valid.error().message);
  const std::uint64_t height = block.header.height.value;
  if (height > chain_.size() + 1) violated("I2", at(member) + " applied a block above a gap");
  if (height == chain_.size() + 1) {
    extend(member, block, now);
    chain_.back().lowest_view = subject.view;
    return;
  }
  CanonicalBlock& known = chain_[height - 1];
  if (known.hash != block.hash)
    violated("I1",
             at(member) + " applied " + text(block.hash) + " at height " + std::to_string(height) +
                 ", another node " + text(known.hash));
  known.lowest_view = std::min(known.lowest_view, subject.view);
}

void Invariants::took(ValidatorIndex member,
                      Height before,
                      const engine::Head& head,
                      const ledger::Certificate& certificate) {
  ++states_taken_;
  if (head.height <= before) violated("I9", at(member) + " took a state that is not later");
  if (head.height.value > chain_.size()) violated("I2", at(member) + " took a state of no chain");
  const CanonicalBlock& block = chain_[head.height.value - 1];
  if (block.hash != head.hash || block.header.state_root != head.state_root)
    violated("I1",
             at(member) + " took another state at height " + std::to_string(head.height.value));
  if (certificate.subject.block != head.hash)
    violated("I2", at(member) + " took a state with a certificate for something else");
  if (auto valid =
          ledger::verify_certificate(certificate, consortium_.chain, consortium_.validators);
      !valid)
    violated("I2", at(member) + " took a state: " + valid.error().message);
}

void Invariants::extend(ValidatorIndex member, const engine::Candidate& block, Micros now) {
  const ledger::BlockHeader& header = block.header;
  const BlockHash parent =
      chain_.empty() ? id_cast<BlockHash>(consortium_.chain) : chain_.back().hash;
  if (header.parent != parent) violated("I2", at(member) + " applied a block of another parent");
  const TimeMs parent_time = chain_.empty() ? consortium_.genesis.time : chain_.back().header.time;
  if (header.time <= parent_time) violated("I9", "block time did not rise");
  if (block.transactions.empty()) violated("I3", "an empty block was committed");
  for (const auto& decoded : block.transactions) {
    const ledger::TransactionHeader& tx = decoded->transaction.header;
    const std::vector<PublicKey>& keys = reference_.keys(tx.submitter);
    const auto present = [&](const AccountId&) -> std::vector<PublicKey> {
      if (tx.key_index >= keys.size() || keys[tx.key_index].is_zero()) return {};
      return {keys[tx.key_index]};
    };
    if (!verify_transaction(consortium_, decoded->bytes, present))
      violated("I3", "a transaction without its submitter's signature was committed");
    if (tx.valid_until < header.time) violated("I3", "an expired transaction was committed");
    if (!nonces_.emplace(tx.submitter, tx.nonce.packed()).second)
      violated("I4", "a nonce took effect twice");
    committed_.emplace(decoded->id, header.height);
  }
  check_time(header, block.hash);
  reference_.take(header, block.transactions, block.outcome);
  bodies_.add(header.height, block.transactions, block.outcome);
  chain_.push_back({block.hash, header, block.transactions, {}, now});
}

void Invariants::check_time(const ledger::BlockHeader& header, const BlockHash& hash) const {
  if (!clocks_are_sound()) return;
  const auto proposed = first_proposed_.find(hash);
  if (proposed == first_proposed_.end())
    violated("I2", "a block was committed that nobody proposed");
  const View parent = chain_.empty() ? View{} : chain_.back().header.origin_view;
  const ledger::Parameters& p = consortium_.genesis.parameters;
  const std::uint64_t slack =
      allowed_delay_ms(p, header.origin_view, parent) + p.precision_ms + mix_.clock_spread_ms + 1;
  if (header.time.value + slack < true_ms(proposed->second))
    violated("I12", "block " + text(hash) + " was older than allowed when it was proposed");
}

void Invariants::stored(ValidatorIndex member,
                        std::uint32_t process,
                        const ledger::Evidence& evidence) {
  const std::string against = std::to_string(evidence.slot.member.value);
  if (const auto valid = ledger::verify(evidence, consortium_.genesis); !valid)
    violated("I14",
             at(member) + " stored evidence against node " + against +
                 " that does not verify: " + valid.error().message);
  if (is_correct(evidence.slot.member))
    violated("I14", at(member) + " stored evidence against correct node " + against);
  std::vector<ledger::EvidenceId>& held = evidence_[process];
  held.push_back(ledger::evidence_id(evidence));
  if (held.size() > limits::kMaxEvidencePerMember * consortium_.size())
    violated("I11", at(member) + " stored more evidence than it may");
  ++evidence_stored_;
}

void Invariants::holds_evidence(ValidatorIndex member,
                                std::uint32_t process,
                                const ledger::EvidenceIndex& evidence) const {
  const auto held = evidence_.find(process);
  if (held == evidence_.end()) return;
  for (const ledger::EvidenceId& id : held->second) {
    if (!evidence.find(id)) violated("I14", at(member) + " lost durable evidence in a restart");
  }
}

void Invariants::heard(ValidatorIndex member, const pbft::Vote& vote, Height applied, View view) {
  const ledger::VoteSubject& subject = vote.subject;
  const bool held = subject.height > applied && subject.height.value <= applied.value + 2;
  if (!is_correct(member) || vote.member == member || !held || subject.view != view) return;
  const bool prepare = subject.type == ledger::VoteType::kPrepare;
  Heard& heard = heard_[member];
  std::erase_if(heard.votes, [&](const auto& entry) { return entry.first.height <= applied; });
  const SlotKey key{vote.member, prepare ? Kind::kPrepare : Kind::kCommit, view, subject.height};
  const auto [first, is_new] = heard.votes.emplace(key, subject.block);
  if (is_new || first->second == subject.block) return;
  if (!heard.exposed.contains({vote.member, view, subject.height}))
    violated("I14",
             at(member) + " heard node " + std::to_string(vote.member.value) +
                 " vote twice in view " + std::to_string(view.value) + ", height " +
                 std::to_string(subject.height.value) + ", and holds no evidence");
}

void Invariants::traced(ValidatorIndex member, const pbft::TraceRecord& record) {
  if (record.kind == pbft::TraceKind::kEvidence)
    heard_[member].exposed.insert({record.member, record.view, record.height});
  if (record.kind == pbft::TraceKind::kEvidence && is_correct(record.member))
    violated(
        "I14",
        at(member) + " holds evidence against correct node " + std::to_string(record.member.value));
  if (record.kind == pbft::TraceKind::kAmnesia && keeps_votes(member))
    violated("I6", at(member) + " forgot its own votes: " + std::string(record.what));
  if (record.kind == pbft::TraceKind::kViewChange && faultless_)
    violated("I16",
             at(member) + " changes the view without any fault: " + std::string(record.what));
}

void Invariants::acknowledged(const engine::Committed& committed) {
  const auto found = committed_.find(committed.id);
  if (found == committed_.end() || found->second != committed.height)
    violated("I10",
             "a client was told of a commit at height " + std::to_string(committed.height.value) +
                 " that is not there");
  if (chain_[committed.height.value - 1].hash != committed.block)
    violated("I10", "a client was told of a block that is not there");
}

void Invariants::released(ValidatorIndex member,
                          const ReadMoment& moment,
                          const ledger::AccessRequest& request) const {
  if (!reference_.may_read(moment.height, moment.block_time, moment.clock, request))
    violated("I13", at(member) + " released a record that its own state does not permit");
  const std::uint64_t next = moment.height.value;  // of the block above, in chain_
  if (next >= chain_.size()) return;
  const Micros age = moment.now - std::min(moment.now, chain_[next].committed);
  if (age > consortium_.genesis.parameters.stale_ms * 1000 + kClockSlack)
    violated("I13",
             at(member) + " released a record at height " + std::to_string(moment.height.value) +
                 ", " + std::to_string(age / 1000) + " ms after the next block was committed");
}

void Invariants::bounded(ValidatorIndex member, const engine::EngineStatus& status) {
  if (status.pool_transactions > limits::kMaxPoolTransactions ||
      status.pool_bytes > limits::kMaxPoolBytes)
    violated("I11", at(member) + " holds more transactions than its pool may");
  if (status.buffered_votes > pbft::kMaxBufferedVotes * mix_.validators ||
      status.buffered_blocks > pbft::kMaxBufferedBlocks)
    violated("I11", at(member) + " holds more votes or blocks than it may");
  if (status.candidates > engine::kMaxCandidates)
    violated("I11", at(member) + " keeps more executed blocks than it may");
}

void Invariants::check_replay(const NodeStates& nodes) const {
  Replay replay;
  replay.state.apply(consortium_.state);
  check_states(replay, nodes);
  std::optional<Replay> middle;
  for (const CanonicalBlock& block : chain_) {
    // Nothing is remembered of what came before.
    if (block.header.height.value == chain_.size() / 2 + 1) middle = replay;
    replay_block(replay, block);
    check_states(replay, nodes);
  }
  if (!middle) return;
  for (std::size_t i = middle->height.value; i < chain_.size(); ++i)
    replay_block(*middle, chain_[i]);
}

void Invariants::check_states(const Replay& replay, const NodeStates& nodes) {
  for (const auto& [height, state] : nodes) {
    if (height == replay.height && !(*state == replay.state))
      violated("I5", "two nodes differ in state at height " + std::to_string(height.value));
  }
}

void Invariants::replay_block(Replay& replay, const CanonicalBlock& block) const {
  const ChainState reader(replay.state, replay.bodies);
  const engine::ModuleApplication application;
  engine::SignatureMemo memo(1);
  const execution::BlockContext context{consortium_.chain, block.header.height, block.header.time};
  const execution::BlockOutcome outcome = execution::execute_block(
      reader, replay.state, context, block.transactions, application, memo);
  if (outcome.state.state_root != block.header.state_root ||
      outcome.receipts_root != block.header.receipts_root)
    violated("I17",
             "a replay gives another root at height " + std::to_string(block.header.height.value));
  replay.state.apply(outcome.state);
  replay.bodies.add(block.header.height, block.transactions, outcome);
  replay.height = block.header.height;
}

}  // namespace galen::sim
