#include "node/daemon.h"

#include "base/limits.h"
#include "engine/application.h"
#include "engine/engine.h"
#include "engine/inspect.h"
#include "net/peer_transport.h"
#include "node/agreement_key.h"
#include "node/descriptors.h"
#include "node/emergencies.h"
#include "node/envelope_keys.h"
#include "node/erasure_job.h"
#include "node/fail_stop.h"
#include "node/metrics.h"
#include "node/node_backend.h"
#include "node/node_store.h"
#include "node/peer_inbox.h"
#include "node/state/state_server.h"
#include "node/state_taker.h"
#include "node/strand.h"
#include "node/trace_log.h"
#include "node/transaction_verifier.h"
#include "payload/object_store.h"
#include "pbft/verified.h"
#include "rpc/server.h"
#include "storage/database.h"
#include "storage/journal/vote_journal.h"
#include "telemetry/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

namespace galen::node {
namespace {

using telemetry::Level;

/// Tasks waiting per priority; what comes above is refused (clients) or dropped (peers, who
/// repeat).
constexpr std::size_t kWorkerQueue = 20'000;
constexpr std::size_t kMemoEntries = 16'384;
/// The workers yield to the strand: a late vote delays everybody, a late client only himself.
constexpr int kWorkerNice = 5;
/// Ticks made up for one by one after a pause; those before pass at once.
constexpr std::uint64_t kMaxTicksAtOnce = 1500;

class KeySigner final : public engine::Signer {
 public:
  explicit KeySigner(const crypto::PrivateKey& key) : key_(key) {}

  [[nodiscard]] Signature sign(BytesView statement) override { return key_.sign(statement); }

 private:
  const crypto::PrivateKey& key_;
};

class SystemClock final : public engine::Clock {
 public:
  explicit SystemClock(const std::function<std::int64_t()>& offset_ms) : offset_ms_(offset_ms) {}

  [[nodiscard]] TimeMs now() const override {
    const TimeMs now = wall_clock_now();
    return offset_ms_ ? TimeMs{now.value + static_cast<std::uint64_t>(offset_ms_())} : now;
  }

 private:
  const std::function<std::int64_t()>& offset_ms_;
};

[[noreturn]] void end_process(const std::string& reason, bool fail_stop) {
  telemetry::log(
      Level::kError, "node", fail_stop ? "fail-stop" : "storage failed", {{"reason", reason}});
  // No destructors: nothing may be written after a failed write (DUR-5).
  _exit(static_cast<int>(fail_stop ? ExitCode::kFailStop : ExitCode::kStorageFault));
}

tl::unexpected<Daemon::Failure> failed(ExitCode code, Error error) {
  return tl::unexpected<Daemon::Failure>(Daemon::Failure{code, std::move(error)});
}

ExitCode exit_code_of(const Error& error) {
  if (error.code == ErrorCode::kConfig) return ExitCode::kConfig;
  return error.code == ErrorCode::kResourceExhausted ? ExitCode::kStorageFault
                                                     : ExitCode::kDirectory;
}

pbft::Config replica_config(const NodeMaterial& material, RandomSource& random) {
  pbft::Config config;
  std::array<std::uint8_t, sizeof config.session> session{};
  random.fill(session);
  std::memcpy(&config.session, session.data(), session.size());
  config.session %= pbft::kMaxSession;
  config.self = material.self;
  config.validators = material.genesis.validators.size();
  const ledger::Parameters& p = material.genesis.parameters;
  config.timing.request_ticks = static_cast<std::uint32_t>(p.request_timeout_ms / pbft::kTickMs);
  config.timing.fresh_ticks = static_cast<std::uint32_t>(p.stale_ms / pbft::kTickMs);
  return config;
}

}  // namespace

struct Daemon::Parts {
  Parts(NodeConfig c, NodeMaterial m, DaemonHooks h)
      : config(std::move(c)), material(std::move(m)), hooks(std::move(h)) {}

  NodeConfig config;
  NodeMaterial material;
  DaemonHooks hooks;
  crypto::OsRandom random;
  SystemClock clock{hooks.clock_offset_ms};
  engine::ModuleApplication application;
  LockedMemo memo{kMemoEntries};
  std::unique_ptr<storage::Database> database;
  std::optional<storage::VoteJournal> journal;
  std::optional<EnvelopeKeys> envelope_keys;
  std::unique_ptr<payload::ObjectStore> objects;
  std::unique_ptr<storage::EmergencyJournal> emergencies;
  std::optional<TransactionVerifier> transactions;
  pbft::BlockInspector inspector;
  CertifiedInspector certified_inspector;
  std::optional<pbft::Verifier> verifier;
  std::optional<KeySigner> signer;
  Strand strand;
  std::optional<TaskThreads> workers;
  std::optional<TaskThreads> sync;
  std::optional<TaskThreads> evidence;
  std::optional<TaskThreads> erasure;
  std::optional<TaskThreads> taking;
  std::optional<TaskThreads> serving;
  std::unique_ptr<net::PeerTransport> transport;
  std::unique_ptr<engine::Transport> between;  ///< hooks.transport's; towards the engine only
  std::optional<StateServer> states;
  std::optional<StateTaker> taker;
  std::optional<NodeStore> store;
  std::optional<engine::Engine> engine;
  std::optional<PeerInbox> inbox;
  std::optional<NodeBackend> backend;
  std::optional<ErasureJob> erasure_job;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<MetricsServer> metrics;
  bool stopped = false;

  [[nodiscard]] tl::expected<void, Failure> open_storage();
  [[nodiscard]] tl::expected<void, Failure> open_journal();
  [[nodiscard]] tl::expected<pbft::Restored, Failure> restore_votes();
  void make_transport();
  [[nodiscard]] std::optional<TimeMs> view_start() const;
  void make_engine(pbft::Restored votes);
  [[nodiscard]] tl::expected<void, Failure> listen();
  void run();
  void advance();

  std::uint64_t ticked_ms = boot_time_ms();
  std::size_t connections = 0;
  std::atomic<const rpc::Server*> measured{nullptr};  ///< what the metrics' thread may look at
};

tl::expected<void, Daemon::Failure> Daemon::Parts::open_storage() {
  storage::Options options;
  options.path = config.data_dir;
  options.node = material.organisation;
  options.on_fatal = [](std::string_view reason) { end_process(std::string(reason), false); };
  auto opened = storage::Database::open(options, material.genesis);
  if (!opened) return failed(exit_code_of(opened.error()), opened.error());
  database = *std::move(opened);
  if (auto clean = check_fail_stop(*database); !clean) {
    const bool bundle = clean.error().code == ErrorCode::kFailedPrecondition;
    return failed(bundle ? ExitCode::kFailStop : exit_code_of(clean.error()), clean.error());
  }
  check_agreement_key(*database, material);
  envelope_keys.emplace(*database);
  auto store_opened = payload::ObjectStore::open(
      {config.data_dir + "/payload", config.min_free_disk_bytes, limits::kMaxPayloadBytes},
      *envelope_keys,
      random);
  if (!store_opened) return failed(exit_code_of(store_opened.error()), store_opened.error());
  objects = *std::move(store_opened);
  auto emergencies_opened = open_emergency_journal(config.data_dir, material, *database, random);
  if (!emergencies_opened)
    return failed(exit_code_of(emergencies_opened.error()), emergencies_opened.error());
  emergencies = *std::move(emergencies_opened);
  return {};
}

tl::expected<void, Daemon::Failure> Daemon::Parts::open_journal() {
  const auto lost = [](const Error& error) {
    return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kCorrupt;
  };
  auto opened = storage::VoteJournal::open(
      config.journal, material.chain, material.self, database->head().height());
  if (opened) {
    journal.emplace(*std::move(opened));
    return {};
  }
  // Not an error of the process: without its memory of votes the node must not vote, but may
  // follow.
  if (!lost(opened.error())) return failed(ExitCode::kDirectory, opened.error());
  telemetry::log(Level::kError,
                 "node",
                 "amnesia: following and serving; this node never votes again",
                 {{"reason", opened.error().message}});
  // Nobody can read the block bodies in it any more, so nothing else would wipe them.
  auto erased = storage::VoteJournal::erase(config.journal, material.chain, material.self);
  if (!erased) return failed(ExitCode::kDirectory, erased.error());
  return {};
}

tl::expected<pbft::Restored, Daemon::Failure> Daemon::Parts::restore_votes() {
  if (auto opened = open_journal(); !opened) return tl::unexpected<Failure>(opened.error());
  pbft::Restored restored;
  restored.amnesia = !journal;
  if (!journal) return restored;
  if (journal->sequence() < database->journal_mark()) {
    telemetry::log(Level::kError,
                   "node",
                   "amnesia: the vote journal is older than the ledger; following without voting",
                   {{"journal", journal->sequence()}, {"ledger", database->journal_mark()}});
    if (auto forgotten = journal->forget(); !forgotten)
      return failed(ExitCode::kDirectory, forgotten.error());
  }
  if (const auto certificate = database->head().certificate) {
    // What a crash between an apply and its wipe left behind.
    auto wiped = journal->wipe(certificate->subject.height, certificate->subject.view);
    if (!wiped) return failed(ExitCode::kDirectory, wiped.error());
  }
  auto contents = journal->load();
  if (!contents) return failed(ExitCode::kDirectory, contents.error());
  auto records = verifier->restore(std::move(contents->records), material.self);
  if (!records) return failed(ExitCode::kDirectory, records.error());
  if (contents->amnesia) {
    telemetry::log(
        Level::kError,
        "node",
        "amnesia: following and serving; this node never votes again",
        {{"reason", "the vote journal says that it is not the whole memory of this key"}});
  }
  restored.amnesia = contents->amnesia;
  restored.records = *std::move(records);
  restored.wiped = contents->wiped;
  return restored;
}

void Daemon::Parts::make_transport() {
  net::PeerTransportOptions options;
  options.self = material.self;
  options.validators = ledger::validator_set(material.genesis);
  options.addresses.resize(options.validators.size(), config.listen);
  for (const PeerEndpoint& peer : material.peers)
    options.addresses[peer.index.value] = peer.address;
  options.identity = {material.tls_certificate_pem, material.tls_key_pem, material.ca_bundle_pem};
  net::PeerCallbacks callbacks;
  callbacks.message =
      [this](
          ValidatorIndex from, engine::Channel channel, Bytes message, std::function<void()> done) {
        if (hooks.receives && !hooks.receives(from, channel, message)) return done();
        inbox->receive(from, channel, std::move(message), std::move(done));
      };
  callbacks.connection = [this](ValidatorIndex peer, bool connected) {
    telemetry::log(Level::kInfo,
                   "net",
                   connected ? "peer connected" : "peer disconnected",
                   {{"validator", peer.value}});
    if (connected) strand.post([this, peer] { engine->peer_connected(peer); });
  };
  callbacks.note = [](const std::string& line) { telemetry::log(Level::kWarn, "net", line); };
  transport = std::make_unique<net::PeerTransport>(std::move(options), std::move(callbacks));
  if (hooks.transport) between = hooks.transport(*transport, material);
}

/// Time of the first block of the head's origin view: origin views never fall.
std::optional<TimeMs> Daemon::Parts::view_start() const {
  const storage::Head head = database->head();
  Height low{1};
  Height high = head.height();
  if (high < low) return std::nullopt;
  while (low < high) {
    const Height middle{low.value + (high.value - low.value) / 2};
    const auto read = database->header(middle);
    if (!read) return std::nullopt;
    read->header.origin_view < head.header.origin_view ? low = middle.next() : high = middle;
  }
  const auto first = database->header(low);
  return first ? std::optional(first->header.time) : std::nullopt;
}

void Daemon::Parts::make_engine(pbft::Restored votes) {
  states.emplace(*database);
  taker.emplace(StateTaker::Parts{*database,
                                  *verifier,
                                  *transport,
                                  material.self,
                                  material.genesis.validators.size(),
                                  *taking,
                                  end_process});
  store.emplace(NodeStore::Parts{
      *database,
      journal ? &*journal : nullptr,
      strand,
      *sync,
      *evidence,
      [this](ValidatorIndex to, Height height) { inbox->answer_block(to, height); },
      [this](Height target, std::function<void(StateSync::Outcome)> done) {
        taker->start(target, std::move(done));
      },
      [this] { return view_start(); },
      end_process,
      // The strand starts after the server and ends before it.
      [this] { server->head_changed(); }});
  const storage::Head head = database->head();
  engine::EngineOptions options;
  options.replica = replica_config(material, random);
  options.genesis = material.genesis;
  engine.emplace(std::move(options),
                 engine::Ports{*store,
                               between ? *between : *transport,
                               *signer,
                               clock,
                               *transactions,
                               *verifier,
                               application},
                 engine::Start{{head.height(),
                                head.hash,
                                head.header.time,
                                head.header.origin_view,
                                head.header.state_root,
                                view_start()},
                               head.certificate,
                               std::move(votes)},
                 log_trace);
  inbox.emplace(PeerInbox::Parts{*verifier,
                                 *transactions,
                                 certified_inspector,
                                 *workers,
                                 strand,
                                 *engine,
                                 *database,
                                 *transport,
                                 *states,
                                 *serving,
                                 taker->mail(),
                                 hooks.admits});
  backend.emplace(NodeBackend::Parts{material.genesis,
                                     material.chain,
                                     material.self,
                                     material.organisation,
                                     *database,
                                     *transactions,
                                     *transport,
                                     *workers,
                                     strand,
                                     *engine,
                                     *objects,
                                     material.agreement_keys,
                                     material.label_secrets,
                                     material.receipt_key,
                                     *emergencies,
                                     *taker,
                                     material.certificate_end});
}

tl::expected<void, Daemon::Failure> Daemon::Parts::listen() {
  if (!config.metrics_listen.empty()) {
    auto metered = MetricsServer::start(
        config.metrics_listen, [this] { return metrics_text(backend->metrics(measured)); });
    if (!metered) return failed(ExitCode::kListen, metered.error());
    metrics = *std::move(metered);
  }
  rpc::ServerOptions options;
  options.listen = config.listen;
  options.identity = {material.tls_certificate_pem, material.tls_key_pem, material.ca_bundle_pem};
  options.reflection = config.reflection;
  options.services = {&transport->service()};
  options.max_submissions_per_caller = config.submissions_per_caller;
  options.connections = {connections, (connections + 7) / 8, {}};
  options.note = [](const std::string& line) { telemetry::log(Level::kWarn, "rpc", line); };
  auto started = rpc::Server::start(options, *backend);
  if (!started) return failed(ExitCode::kListen, started.error());
  server = *std::move(started);
  measured = server.get();
  return {};
}

void Daemon::Parts::run() {
  strand.start(static_cast<unsigned>(pbft::kTickMs), [this] { advance(); });
  strand.post([this] { engine->start(); });
  transport->start();
  server->set_serving(true);
}

void Daemon::Parts::advance() {
  // By the clock, not by the timer's calls: after a pause what peers reported is old (PAY-2).
  const std::uint64_t now = boot_time_ms();
  const std::uint64_t due = (now - ticked_ms) / pbft::kTickMs;
  if (due == 0) return;
  ticked_ms += due * pbft::kTickMs;
  if (due > kMaxTicksAtOnce) engine->tick(due - kMaxTicksAtOnce);
  for (std::uint64_t i = 0; i < std::min(due, kMaxTicksAtOnce); ++i) {
    engine->tick();
    if (hooks.tick) hooks.tick();
  }
  states->expire(now);
  inbox->advance(now);
  erasure_job->advance(now);
  backend->publish(ticked_ms);
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() {
  stop();
}

tl::expected<std::unique_ptr<Daemon>, Daemon::Failure> Daemon::start(const NodeConfig& config,
                                                                     NodeMaterial material,
                                                                     DaemonHooks hooks) {
  auto parts = std::make_unique<Parts>(config, std::move(material), std::move(hooks));
  Parts& p = *parts;
  auto connections = connections_within(raise_descriptor_limit(), config.connections);
  if (!connections) return failed(ExitCode::kConfig, connections.error());
  p.connections = *connections;
  if (auto opened = p.open_storage(); !opened) return tl::unexpected<Failure>(opened.error());
  p.transactions.emplace(
      p.material.chain,
      [database = p.database.get()] { return database->snapshot(); },
      kWorkerQueue * 2);
  p.inspector = [&p](const pbft::SharedBytes& block) {
    return engine::inspect_block(p.material.chain, block, *p.transactions);
  };
  p.certified_inspector = [&p](const pbft::SharedBytes& block, const BlockHash& hash) {
    return engine::inspect_block(
        p.material.chain, block, *p.transactions, engine::Standing::kCertified, &hash);
  };
  auto verifier = pbft::Verifier::create(
      p.material.chain, Epoch{}, ledger::validator_set(p.material.genesis), p.inspector, &p.memo);
  if (!verifier) return failed(ExitCode::kConfig, verifier.error());
  p.verifier.emplace(*std::move(verifier));
  p.verifier->prepare();
  p.signer.emplace(p.material.consensus_key);
  auto votes = p.restore_votes();
  if (!votes) return tl::unexpected<Failure>(votes.error());
  p.workers.emplace(
      TaskThreads::Options{config.verify_threads, kWorkerQueue, kWorkerNice, "galen-verify"});
  p.sync.emplace(TaskThreads::Options{1, 0, 0, "galen-sync"});
  p.evidence.emplace(TaskThreads::Options{1, limits::kMaxEvidence, kWorkerNice, "galen-evidence"});
  p.erasure.emplace(TaskThreads::Options{1, 1, kWorkerNice, "galen-erasure"});
  p.taking.emplace(TaskThreads::Options{1, 1, kWorkerNice, "galen-state"});
  p.serving.emplace(TaskThreads::Options{1, 2, kWorkerNice, "galen-serve"});
  p.erasure_job.emplace(ErasureJob::Parts{*p.database, *p.objects, *p.erasure, [&p] {
                                            p.backend->consents().clear();
                                            return p.store->sync_wipes();
                                          }});
  p.make_transport();
  p.make_engine(*std::move(votes));
  if (auto listening = p.listen(); !listening) return tl::unexpected<Failure>(listening.error());
  p.run();
  telemetry::log(Level::kInfo,
                 "node",
                 "running",
                 {{"address", config.listen},
                  {"port", p.server->port()},
                  {"height", p.database->head().height().value},
                  {"validator", p.material.self.value},
                  {"chain", telemetry::short_id(p.material.chain)}});
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

std::uint16_t Daemon::port() const {
  return parts_->server->port();
}

void Daemon::stop() {
  Parts& p = *parts_;
  if (p.stopped) return;
  p.stopped = true;
  p.metrics.reset();
  p.server->set_serving(false);
  p.transport->stop();
  p.server->stop(p.config.shutdown_grace);
  // Producers first: workers post to the strand, the strand and erasures to the sync thread.
  p.taker->mail().stop();
  p.taking->stop();
  p.serving->stop();
  p.workers->stop();
  p.strand.stop();
  p.erasure->stop();
  p.sync->stop();
  p.evidence->stop();
}

}  // namespace galen::node
