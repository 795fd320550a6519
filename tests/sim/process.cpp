#include "sim/process.h"

#include "base/check.h"
#include "engine/inspect.h"
#include "engine/wire.h"

#include <algorithm>
#include <utility>

namespace galen::sim {

namespace {

const std::filesystem::path kJournal = "journal";

}  // namespace

Process::Process(Parts parts) : parts_(std::move(parts)), disk_(parts_.rng.fork(1)) {}

void Process::found() {
  Rng secrets = parts_.rng.fork(2);
  const auto created = storage::VoteJournal::create(
      kJournal, parts_.consortium.chain, parts_.identity, disk_, &secrets);
  CHECK(created.has_value(), "a new disk takes a journal");
  lose_ledger();
}

void Process::lose_ledger() {
  const Consortium& c = parts_.consortium;
  ledger_ = {};
  parts_.invariants.lost_evidence(parts_.number);
  ledger_.state.apply(c.state);
  ledger_.head = {
      Height{0}, id_cast<BlockHash>(c.chain), c.genesis.time, View{0}, c.state.state_root};
}

void Process::take_snapshot() {
  snapshot_ = Snapshot{ledger_, disk_.image()};
}

void Process::restore_snapshot() {
  if (!snapshot_) return;
  parts_.invariants.lost_evidence(parts_.number);
  ledger_ = snapshot_->ledger;
  disk_.restore(snapshot_->disk);
}

void Process::restore_ledger() {
  if (kept_ledger_) ledger_ = *kept_ledger_;
}

void Process::clone_from(const Process& other) {
  ledger_ = other.ledger_;
  disk_.restore(other.disk_.image());
}

/// False when the process ends here.
bool Process::open_journal() {
  const Consortium& c = parts_.consortium;
  auto opened =
      storage::VoteJournal::open(kJournal, c.chain, parts_.identity, ledger_.head.height, disk_);
  if (disk_.tripped()) return false;
  if (opened) {
    running_->journal.emplace(*std::move(opened));
    return true;
  }
  const ErrorCode code = opened.error().code;
  if (code == ErrorCode::kIo) return false;
  if (parts_.invariants.keeps_votes(parts_.identity))
    violated("DUR-11",
             "node " + std::to_string(parts_.identity.value) +
                 " lost its votes in a crash: " + opened.error().message);
  if (code != ErrorCode::kNotFound && code != ErrorCode::kCorrupt) return false;
  Rng secrets = parts_.rng.fork(incarnation_);
  // What died here is found again at the next start.
  return storage::VoteJournal::erase(kJournal, c.chain, parts_.identity, disk_, &secrets)
      .has_value();
}

/// As node/daemon.cpp does it; nullopt when the process died on the way.
std::optional<pbft::Restored> Process::restore_votes() {
  if (!open_journal()) return std::nullopt;
  pbft::Restored restored;
  restored.amnesia = !running_->journal;
  if (!running_->journal) return restored;
  storage::VoteJournal& journal = *running_->journal;
  if (journal.sequence() < ledger_.journal_mark) {
    if (parts_.invariants.keeps_votes(parts_.identity))
      violated("DUR-11",
               "node " + std::to_string(parts_.identity.value) +
                   " lost its votes in a crash: journal behind the ledger");
    if (!journal.forget()) return std::nullopt;
  }
  if (ledger_.certificate) {
    const ledger::VoteSubject& subject = ledger_.certificate->subject;
    if (!journal.wipe(subject.height, subject.view)) return std::nullopt;
  }
  auto contents = journal.load();
  if (!contents) violated("DUR-11", contents.error().message);
  auto records = running_->verifier->restore(std::move(contents->records), parts_.identity);
  if (!records) violated("DUR-11", records.error().message);
  restored.amnesia = contents->amnesia;
  restored.records = *std::move(records);
  restored.wiped = contents->wiped;
  return restored;
}

/// What was durable once is read back, as storage::EvidenceLog does it.
void Process::load_evidence() {
  for (const Bytes& row : ledger_.evidence) {
    const auto evidence = ledger::decode_evidence(row);
    if (!evidence) violated("I14", "stored evidence does not decode: " + evidence.error().message);
    running_->evidence.add(*evidence, {});
  }
  if (!strategy)
    parts_.invariants.holds_evidence(parts_.identity, parts_.number, running_->evidence);
}

std::set<ValidatorIndex> Process::accused() const {
  std::set<ValidatorIndex> members;
  for (const Bytes& row : ledger_.evidence) {
    if (const auto evidence = ledger::decode_evidence(row)) members.insert(evidence->slot.member);
  }
  return members;
}

void Process::keep_evidence(const ledger::Evidence& evidence) {
  if (running_->evidence.judge(evidence.slot) != ledger::EvidenceIndex::Verdict::kNew) return;
  wipes_.push_back({{}, {}, {}, {}, evidence});
  next_disk_task();
}

Status Process::write_evidence(const ledger::Evidence& evidence) {
  if (running_->evidence.judge(evidence.slot) != ledger::EvidenceIndex::Verdict::kNew) return {};
  if (disk_.full()) return fail(ErrorCode::kIo, "no room for evidence");
  ledger_.evidence.push_back(ledger::encode(evidence));
  running_->evidence.add(evidence, {});
  if (!strategy) parts_.invariants.stored(parts_.identity, parts_.number, evidence);
  return {};
}

void Process::start() {
  CHECK(!up(), "a process starts once");
  running_ = std::make_unique<Running>();
  load_evidence();
  auto verifier = pbft::Verifier::create(
      parts_.consortium.chain,
      Epoch{},
      parts_.consortium.validators,
      [this](const pbft::SharedBytes& block) { return parts_.surroundings.inspect(block, *this); },
      nullptr);
  CHECK(verifier.has_value(), "keys of the simulation are points");
  running_->verifier.emplace(*std::move(verifier));
  auto votes = restore_votes();
  if (!votes) return crash(kStartFailed);
  make_engine(*std::move(votes));
  last_tick = parts_.surroundings.now();
  view_ = running_->engine->status().view;
  running_->engine->start();
}

void Process::make_engine(pbft::Restored votes) {
  engine::EngineOptions options;
  options.replica.self = parts_.identity;
  options.replica.validators = parts_.consortium.size();
  options.replica.session = parts_.rng.fork(1000 + incarnation_).next_number() % pbft::kMaxSession;
  options.genesis = parts_.consortium.genesis;
  options.memo_capacity = 10'000;
  running_->engine.emplace(
      std::move(options),
      engine::Ports{*this, *this, *this, *this, *this, *running_->verifier, running_->application},
      engine::Start{ledger_.head, ledger_.certificate, std::move(votes)},
      [this](const pbft::TraceRecord& record) {
        parts_.trace.mix(static_cast<std::uint64_t>(record.kind),
                         record.view.value,
                         record.height.value ^ (std::uint64_t{parts_.number} << 48U));
        if (parts_.trace.on()) {
          parts_.trace.line(
              parts_.surroundings.now(),
              "node " + std::to_string(parts_.number) + " " + std::string(pbft::name(record.kind)) +
                  " " + std::string(record.what) + " view " + std::to_string(record.view.value) +
                  " height " + std::to_string(record.height.value) + " " +
                  std::string(pbft::name(record.reason)));
        }
        observe(record);
      });
}

void Process::observe(const pbft::TraceRecord& record) {
  if (record.kind == pbft::TraceKind::kViewEntered) {
    if (record.view <= view_) violated("I9", "a view was entered downwards");
    view_ = record.view;
  }
  if (!strategy) parts_.invariants.traced(parts_.identity, record);
}

void Process::crash(const std::string& cause) {
  running_.reset();
  ++incarnation_;
  parts_.invariants.ended(parts_.identity);
  urgent_.clear();
  wipes_.clear();
  at_disk_.reset();
  applying_.reset();
  taking_.reset();
  paused_until = 0;
  busy_until = 0;
  disk_.crash();
  parts_.surroundings.died(*this, cause);
}

void Process::tick(std::uint64_t passed) {
  running_->engine->tick(passed);
  if (up()) erase_due();
  if (strategy) {
    std::vector<byzantine::Outgoing> out;
    strategy->tick(out);
    dispatch(out);
  }
}

void Process::peer_connected(ValidatorIndex peer) {
  running_->engine->peer_connected(peer);
}

void Process::submit(const Bytes& transaction, engine::SubmitDone done) {
  auto verified = resolve(transaction);
  if (!verified) return done(tl::unexpected<Error>(verified.error()));
  if (strategy && !strategy->admits(*(*verified)->transaction)) return;
  const auto admitted = running_->engine->submit(*verified, done);
  if (!admitted) return done(tl::unexpected<Error>(admitted.error()));
  running_->engine->flush();
}

// Storage.

void Process::append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) {
  if (!strategy) {
    for (const pbft::JournalRecord& record : records)
      parts_.invariants.signed_by(parts_.identity, record, parts_.surroundings.now());
  }
  urgent_.push_back({std::move(records), std::move(done), {}, {}, {}});
  next_disk_task();
}

void Process::next_disk_task() {
  if (at_disk_) return;
  std::deque<DiskTask>& from = urgent_.empty() ? wipes_ : urgent_;
  if (from.empty()) return;
  at_disk_ = std::move(from.front());
  from.pop_front();
  parts_.surroundings.schedule_disk(*this);
}

void Process::remember_amnesia() {
  if (!running_->journal) return;
  urgent_.push_back({{}, {}, storage::kJournalForEver, {}, {}});
  next_disk_task();
}

Status Process::run_disk_task(const DiskTask& task) {
  if (task.evidence) return write_evidence(*task.evidence);
  if (task.height == storage::kJournalForEver) return running_->journal->forget();
  if (task.records.empty()) return running_->journal->wipe(task.height, task.view);
  auto appended = running_->journal->append(task.records);
  if (!appended) return tl::unexpected<Error>(appended.error());
  return {};
}

void Process::complete_disk() {
  const DiskTask task = *std::exchange(at_disk_, std::nullopt);
  const CrashPoint point =
      parts_.surroundings.next_crash_point(*this, task.evidence.has_value(), !task.records.empty());
  const bool torn = task.evidence && point == CrashPoint::kWithin;  // a batch: all or nothing
  if (point == CrashPoint::kBefore || torn) return crash("before a journal write");
  // Within: the surroundings armed the disk. An error of the disk ends the process (DUR-5).
  if (const auto ran = run_disk_task(task); !ran) return crash(ran.error().message);
  if (point != CrashPoint::kNone) return crash("after a journal write");
  if (task.done) task.done();
  if (up()) next_disk_task();
}

void Process::fail_stop(const ledger::FailStopBundle& bundle) {
  violated("SAF-15",
           "node " + std::to_string(parts_.identity.value) + " stopped: " + bundle.reason);
}

// Network.

void Process::send(ValidatorIndex to, engine::Channel channel, engine::SharedBytes message) {
  if (!strategy) return dispatch(to, channel, message, 0);
  std::vector<byzantine::Outgoing> out;
  strategy->send({to, channel, std::move(message), 0}, out);
  dispatch(out);
}

void Process::dispatch(std::vector<byzantine::Outgoing>& messages) {
  for (const byzantine::Outgoing& message : messages)
    dispatch(message.to, message.channel, message.bytes, Micros{message.delay_ticks} * 10'000);
}

void Process::dispatch(ValidatorIndex to,
                       engine::Channel channel,
                       const engine::SharedBytes& message,
                       Micros delay) {
  if (last_bytes_ != message) {
    last_bytes_ = message;
    last_message_.reset();
    if (channel == engine::Channel::kConsensus) {
      if (auto decoded = pbft::decode_message(*message)) {
        last_message_ = std::make_shared<const pbft::Message>(*std::move(decoded));
        if (!strategy) parts_.invariants.sent_by(parts_.identity, *last_message_, disk_);
        if (const auto* proposal = std::get_if<pbft::Proposal>(last_message_.get()))
          parts_.invariants.proposed(*proposal, parts_.surroundings.now());
      } else if (!strategy) {
        violated("SAF-5", "a correct node sends what does not decode: " + decoded.error().message);
      }
    }
  }
  parts_.surroundings.transmit(*this, to, {channel, message, last_message_}, delay);
}

/// As node/peer_inbox.cpp: decode, verify, only then the engine.
void Process::receive(ValidatorIndex from, const Packet& packet) {
  if (strategy && !strategy->receives(from, packet.channel, *packet.bytes)) return;
  if (packet.channel == engine::Channel::kBulk) return receive_bulk(from, *packet.bytes);
  std::optional<pbft::Message> message;
  if (packet.message) {
    message = *packet.message;
  } else {
    auto decoded = pbft::decode_message(*packet.bytes);
    if (!decoded) return;
    message = *std::move(decoded);
  }
  if (const auto* body = std::get_if<pbft::BlockBody>(&*message)) {
    const auto hash = engine::hash_of_body(*body->block);
    if (!hash || !running_->engine->wants_body(*hash)) return;
  }
  if (const auto* new_view = std::get_if<pbft::NewView>(&*message)) check_new_view(*new_view, from);
  message = running_->engine->horizon().visible(*std::move(message));
  if (!message) return;
  const auto* proof = std::get_if<pbft::CommitProof>(&*message);
  const auto certified = proof != nullptr && proof->block ? std::optional(*proof) : std::nullopt;
  auto verified = running_->verifier->verify(*std::move(message), from);
  if (!verified) {
    if (certified) receive_erased(from, *certified);
    return;
  }
  const auto* alone = std::get_if<pbft::Verified<pbft::Vote>>(&*verified);
  const auto vote = alone != nullptr && !strategy ? std::optional(alone->message()) : std::nullopt;
  const Height applied = ledger_.head.height;
  const View view = view_;
  running_->engine->receive(*std::move(verified));
  running_->engine->flush();
  if (vote && up()) parts_.invariants.heard(parts_.identity, *vote, applied, view);
}

/// Whatever the engine makes of it.
void Process::check_new_view(const pbft::NewView& new_view, ValidatorIndex from) {
  if (running_->verifier->verify(new_view, from)) parts_.invariants.accepted(new_view);
}

void Process::receive_erased(ValidatorIndex from, pbft::CommitProof proof) {
  const ledger::VoteSubject subject = proof.certificate.subject;
  if (!engine::is_erased_block(parts_.consortium.chain, *proof.block, subject.block)) return;
  proof.block = nullptr;
  auto verified = running_->verifier->verify(std::move(proof), from);
  if (!verified) return;
  running_->engine->receive(*std::move(verified));
  running_->engine->note_erased(subject.height);
  running_->engine->flush();
}

void Process::receive_bulk(ValidatorIndex from, BytesView bytes) {
  auto message = engine::decode_bulk_message(bytes);
  if (!message) return;
  if (const auto* request = std::get_if<engine::RangeRequest>(&*message))
    return serve(from, *request);
  if (auto* reply = std::get_if<engine::RangeReply>(&*message))
    return receive_blocks(from, std::move(*reply));
  const auto& batch = std::get<engine::TransactionBatch>(*message);
  std::vector<engine::VerifiedTransactionPtr> verified;
  for (const Bytes& transaction : batch.transactions) {
    auto resolved = resolve(transaction);
    if (resolved && (!strategy || strategy->admits(*(*resolved)->transaction)))
      verified.push_back(*std::move(resolved));
  }
  if (verified.empty()) return;
  running_->engine->receive_transactions(verified,
                                         batch.overtaken ? std::optional(from) : std::nullopt);
}

void Process::receive_blocks(ValidatorIndex from, engine::RangeReply reply) {
  engine::Engine& engine = *running_->engine;
  if (!engine.begin_reply(from, reply.from, reply.blocks.size())) return;
  std::vector<engine::SyncedBlock> verified;
  for (engine::CertifiedBlock& block : reply.blocks) {
    if (!running_->verifier->check_certificate(block.certificate))
      return engine.refuse_blocks(from);
    auto bytes = std::make_shared<const Bytes>(std::move(block.block));
    const BlockHash& hash = block.certificate.subject.block;
    auto info = engine::inspect_block(
        parts_.consortium.chain, bytes, *this, engine::Standing::kCertified, &hash);
    if (!info && engine::is_erased_block(parts_.consortium.chain, *bytes, hash))
      return engine.receive_blocks(from, std::move(verified), true);
    if (!info) return engine.refuse_blocks(from);
    verified.push_back({std::move(bytes), *info, std::move(block.certificate)});
  }
  engine.receive_blocks(from, std::move(verified));
}

bool Process::fresh() const {
  return parts_.surroundings.now() - last_tick < running_->engine->status().fresh_ms * 1000;
}

Signature Process::sign(BytesView statement) {
  return parts_.consortium.hospitals[parts_.identity.value].consensus.sign(statement);
}

TimeMs Process::now() const {
  const auto true_ms =
      static_cast<std::int64_t>(kGenesisMs + 1000 + parts_.surroundings.now() / 1000);
  const std::int64_t lie = strategy ? strategy->clock_lie_ms() : 0;
  return TimeMs{static_cast<std::uint64_t>(true_ms + clock_offset_ms + lie)};
}

Result<engine::VerifiedTransactionPtr> Process::resolve(BytesView bytes) {
  return parts_.surroundings.resolve(bytes);
}

}  // namespace galen::sim
