#include "galen/client.h"

#include "base/hex.h"
#include "client/consent.h"
#include "client/emergency.h"
#include "client/evidence.h"
#include "client/failure.h"
#include "client/proofs.h"
#include "client/queries.h"
#include "client/records.h"
#include "client/registration.h"
#include "client/session.h"
#include "ledger/genesis.h"

#include <cstdlib>

namespace galen::client {

namespace {

PersonKind person_kind(const std::string& text) {
  return text == "patient" ? PersonKind::kPatient : PersonKind::kPractitioner;
}

}  // namespace

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Outcome<Client> Client::open(const ClientOptions& options) {
  // gRPC writes its own lines to stderr; failures are reported by this library.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  SessionOptions session_options;
  session_options.timeout = std::chrono::milliseconds(options.timeout_ms);
  session_options.node = options.node;
  session_options.lane = options.lane;
  auto session =
      outcome_of("profile", [&] { return Session::open(options.profile, session_options); });
  if (!session) return session.failure();
  return Client(std::move(*session));
}

Outcome<NodeStatus> Client::status() {
  return outcome_of("status", [&] { return node_status(*session_); });
}

std::vector<NodeStatus> Client::status_all() {
  return all_statuses(*session_);
}

Outcome<Registered> Client::register_patient(const PatientOptions& options) {
  return outcome_of("patient register",
                    [&] { return client::register_patient(*session_, options); });
}

Outcome<Registered> Client::register_practitioner(const PractitionerOptions& options) {
  return outcome_of("practitioner register",
                    [&] { return client::register_practitioner(*session_, options); });
}

Outcome<std::vector<std::string>> Client::people(const std::string& kind) {
  return outcome_of("people", [&]() -> Result<std::vector<std::string>> {
    GALEN_TRY(const auto ids, session_->people().list(person_kind(kind)));
    std::vector<std::string> texts;
    for (const auto& id : ids) texts.push_back(to_hex(id));
    return texts;
  });
}

Outcome<PutResult> Client::put_record(const PutOptions& options, const Progress& progress) {
  return outcome_of("record put", [&] { return client::put_record(*session_, options, progress); });
}

Outcome<std::vector<RecordView>> Client::list_records(const ListOptions& options) {
  return outcome_of("record list", [&] { return client::list_records(*session_, options); });
}

Outcome<GetResult> Client::get_record(const GetOptions& options, const Progress& progress) {
  return outcome_of("record get", [&] {
    return options.emergency ? get_in_emergency(*session_, options, progress)
                             : client::get_record(*session_, options, progress);
  });
}

Outcome<Registered> Client::grant(const ConsentOptions& options) {
  return outcome_of(options.permit ? "consent grant" : "consent deny",
                    [&] { return grant_access(*session_, options); });
}

Outcome<Committed> Client::revoke(const RevokeOptions& options) {
  return outcome_of("consent revoke", [&] { return revoke_access(*session_, options); });
}

Outcome<std::vector<GrantView>> Client::list_grants(const std::string& patient) {
  return outcome_of("consent list", [&] { return client::list_grants(*session_, patient); });
}

Outcome<std::vector<CheckView>> Client::check(const CheckOptions& options) {
  return outcome_of("consent check", [&] { return check_access(*session_, options); });
}

Outcome<std::vector<AccessView>> Client::list_access(const std::string& patient) {
  return outcome_of("audit list", [&] { return client::list_access(*session_, patient); });
}

Outcome<Declared> Client::declare_emergency(const DeclareOptions& options) {
  return outcome_of("emergency declare",
                    [&] { return client::declare_emergency(*session_, options); });
}

Outcome<DeclarationList> Client::list_declarations(const std::string& patient) {
  return outcome_of("emergency list", [&] { return client::list_declarations(*session_, patient); });
}

Outcome<Committed> Client::review_emergency(const ReviewOptions& options) {
  return outcome_of("emergency review",
                    [&] { return client::review_emergency(*session_, options); });
}

Outcome<AnchorReport> Client::anchor_emergencies() {
  return outcome_of("emergency anchor", [&] { return client::anchor_emergencies(*session_); });
}

Outcome<AnchorReport> Client::anchor_receipts() {
  return outcome_of("emergency receipts anchor", [&] { return client::anchor_receipts(*session_); });
}

Outcome<JournalReport> Client::list_journals() {
  return outcome_of("emergency journals", [&] { return client::list_journals(*session_); });
}

Outcome<TransactionView> Client::transaction(const std::string& tx_id) {
  return outcome_of("tx get", [&] { return get_transaction(*session_, tx_id); });
}

Outcome<BlockView> Client::block(std::uint64_t height) {
  return outcome_of("block get", [&] { return get_block(*session_, height); });
}

Outcome<ProofFile> Client::proof(const std::string& key) {
  return outcome_of("proof get", [&] { return get_proof(*session_, key); });
}

Outcome<ProofReport> verify_proof(const std::vector<std::uint8_t>& proof,
                                  const std::string& genesis_text) {
  return outcome_of("proof verify", [&]() -> Result<ProofReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_proof_bytes(proof, *genesis);
  });
}

Outcome<std::vector<EvidenceView>> Client::list_evidence(const std::optional<std::string>& member) {
  return outcome_of("evidence list", [&] { return client::list_evidence(*session_, member); });
}

Outcome<EvidenceFile> Client::evidence(const std::string& id) {
  return outcome_of("evidence export", [&] { return get_evidence(*session_, id); });
}

Outcome<EvidenceReport> verify_evidence(const std::vector<std::uint8_t>& file,
                                        const std::string& genesis_text) {
  return outcome_of("evidence verify", [&]() -> Result<EvidenceReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_evidence_bytes(file, *genesis);
  });
}

std::string version() {
  return GALEN_VERSION;
}

}  // namespace galen::client
