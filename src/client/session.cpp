#include "client/session.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/limits.h"
#include "client/foreign_answers.h"
#include "client/key_file.h"
#include "crypto/certificate.h"
#include "fhir/vocabulary.h"
#include "ledger/result_fields.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

namespace galen::client {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// Long enough for a busy network, short enough that an unanswered transaction soon ends for good.
constexpr std::uint64_t kValidityMs = 2 * 60 * 1000;
constexpr milliseconds kRetryPause{200};
constexpr int kMaxSigningAttempts = 4;

/// Nothing can have reached the node.
bool is_connect_failure(const Error& error) {
  return error.code == ErrorCode::kUnavailable && error.message.rfind(kCannotConnect, 0) == 0;
}

/// The genesis file has the first key only; the nodes judge later ones.
Status check_member(const ledger::GenesisOrganisation& organisation,
                    const IndexedKey& key,
                    const Profile& profile) {
  if (key.index != 0 || organisation.signing_key == key.key.public_key()) return {};
  return fail(ErrorCode::kConfig,
              profile.signing_key + ": not the key that " + profile.genesis + " has for " +
                  organisation.name);
}

}  // namespace

Session::Session(Profile profile, const SessionOptions& options)
    : profile_(std::move(profile)), options_(options), people_(profile_.people) {}

Result<std::unique_ptr<Session>> Session::open(const std::string& profile,
                                               const SessionOptions& options) {
  GALEN_TRY(auto loaded, load_profile(profile));
  std::unique_ptr<Session> session(new Session(std::move(loaded), options));
  GALEN_TRY_STATUS(session->load());
  GALEN_TRY_STATUS(session->connect());
  std::array<std::uint8_t, 1> lane{};
  session->random_.fill(lane);
  session->lane_ = options.lane.value_or(static_cast<std::uint16_t>(lane[0] % limits::kMaxLanes));
  return session;
}

Status Session::load() {
  GALEN_TRY(const std::string text, read_text_file(profile_.genesis, limits::kMaxGenesisBytes));
  auto genesis = ledger::genesis_from_json(text);
  if (!genesis) {
    return fail(ErrorCode::kConfig, profile_.genesis + ": " + genesis.error().message);
  }
  genesis_ = std::move(*genesis);
  chain_ = ledger::chain_id(genesis_);
  organisation_ = find_organisation(profile_.organisation);
  if (organisation_ == nullptr) {
    return fail(ErrorCode::kConfig,
                profile_.path + ": organisation '" + profile_.organisation + "' is not in " +
                    profile_.genesis);
  }
  GALEN_TRY(auto signing, read_indexed_key_file(profile_.signing_key));
  GALEN_TRY_STATUS(check_member(*organisation_, signing, profile_));
  signing_key_ = std::move(signing.key);
  signing_index_ = signing.index;
  GALEN_TRY(identity_.certificate_pem, read_text_file(profile_.certificate, kMaxConfigBytes));
  GALEN_TRY(identity_.key_pem, read_secret_file(profile_.key));
  GALEN_TRY(identity_.ca_bundle_pem, read_text_file(profile_.ca_bundle, kMaxConfigBytes));
  GALEN_TRY_STATUS(load_labels());
  GALEN_TRY_STATUS(net::check_identity(identity_, now()));
  tell_ends(profile_.certificate, identity_.certificate_pem);
  tell_ends(profile_.ca_bundle, identity_.ca_bundle_pem);
  return {};
}

void Session::tell_ends(const std::string& path, std::string_view pem) const {
  constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
  constexpr std::uint64_t kToldMs = 30 * kDayMs;
  const auto ends = crypto::certificate_ends(pem);
  if (!ends || !options_.note) return;
  const std::uint64_t time = now().value;
  std::set<std::string> lines;
  for (const TimeMs end : *ends) {
    if (end.value >= time + kToldMs) continue;
    lines.insert(end.value <= time
                     ? path + ": a certificate in it has ended"
                     : path + ": ends in " + std::to_string((end.value - time) / kDayMs) +
                           " days; renew it (docs/operations.md, \"Certificates\")");
  }
  for (const std::string& line : lines) options_.note(line);
}

Status Session::load_labels() {
  ledger::LabelSecrets secrets;
  if (!profile_.label_secrets.empty()) {
    GALEN_TRY(const std::string text, read_secret_file(profile_.label_secrets));
    auto parsed = ledger::LabelSecrets::parse(text);
    if (!parsed) {
      return fail(ErrorCode::kConfig, profile_.label_secrets + ": " + parsed.error().message);
    }
    secrets = *std::move(parsed);
  }
  std::vector<std::string> names = fhir::all_sensitivities();
  for (const auto& row : genesis_.parameters.label_obligations) names.push_back(row.label);
  names.insert(names.end(), profile_.labels.begin(), profile_.labels.end());
  labels_ = LabelBook(chain_, std::move(secrets), std::move(names));
  return {};
}

Status Session::connect() {
  for (const auto& endpoint : profile_.endpoints) {
    const auto* member = find_organisation(endpoint.organisation);
    const auto validator =
        std::find_if(genesis_.validators.begin(), genesis_.validators.end(), [&](const auto& v) {
          return member != nullptr && v.organisation == member->id;
        });
    if (validator == genesis_.validators.end()) {
      return fail(ErrorCode::kConfig,
                  profile_.path + ": endpoint of '" + endpoint.organisation +
                      "', which has no validator in " + profile_.genesis);
    }
    nodes_.push_back(std::make_unique<NodeApi>(
        NodeAddress{endpoint.organisation, endpoint.address, validator->tls_key}, identity_));
  }
  if (options_.node.empty()) return {};
  const auto first = std::stable_partition(nodes_.begin(), nodes_.end(), [&](const auto& node) {
    return node->address().organisation == options_.node;
  });
  if (first == nodes_.begin()) {
    return fail(ErrorCode::kConfig,
                profile_.path + ": no endpoint of '" + options_.node + "' in this profile");
  }
  return {};
}

std::string Session::emergency_directory() const {
  return (std::filesystem::path(profile_.path).parent_path() / "emergency").string();
}

TimeMs Session::now() const {
  const auto since = system_clock::now().time_since_epoch();
  return TimeMs{
      static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(since).count())};
}

Deadline Session::deadline() const {
  return system_clock::now() + options_.timeout;
}

std::string Session::place_of(const NodeApi& node) {
  return "the node of " + node.address().organisation + " (" + node.address().address + ")";
}

void Session::pass_over(const NodeApi& node, const Error& error) {
  silent_[node.address().organisation] =
      place_of(node) + " does not answer (" + error.message + "); another one did";
}

void Session::tell_silent(const NodeApi& answered) {
  silent_.erase(answered.address().organisation);
  for (const auto& [organisation, line] : std::exchange(silent_, {})) {
    if (told_.insert(organisation).second && options_.note) options_.note(line);
  }
}

// One silent node must not eat the time of the others.
Deadline Session::attempt_deadline(Deadline until) const {
  const auto share = options_.timeout / 3;
  return std::min(until, system_clock::now() + std::max(share, milliseconds(2000)));
}

const ledger::GenesisOrganisation* Session::find_organisation(const std::string& name) const {
  for (const auto& organisation : genesis_.organisations) {
    if (organisation.name == name) return &organisation;
  }
  return nullptr;
}

const ledger::GenesisOrganisation* Session::find_organisation(const AccountId& id) const {
  for (const auto& organisation : genesis_.organisations) {
    if (organisation.id == id) return &organisation;
  }
  return nullptr;
}

std::string Session::organisation_name(const AccountId& id) const {
  const auto* organisation = find_organisation(id);
  return organisation == nullptr ? to_hex(id) : organisation->name;
}

bool Session::is_own(const NodeApi& node) const {
  return node.address().organisation == organisation_->name;
}

Result<NodeApi*> Session::node_of(const AccountId& organisation) const {
  const std::string name = organisation_name(organisation);
  for (const auto& node : nodes_) {
    if (node->address().organisation == name) return node.get();
  }
  return fail(ErrorCode::kNotFound, "the profile lists no node of " + name);
}

ledger::Transaction Session::sign(const std::vector<Authorised>& operations, ledger::Nonce nonce) {
  ledger::TransactionBuilder builder(chain_, organisation_->id, signing_index_, random_);
  for (const auto& item : operations) builder.add(item.operation, item.authorisations);
  const auto header = builder.header(nonce, TimeMs{now().value + kValidityMs});
  return std::move(builder).finish(header, signing_key_->sign(ledger::signing_bytes(header)));
}

Result<ledger::Nonce> Session::next_nonce() {
  if (next_sequence_ == 0) {
    GALEN_TRY(next_sequence_,
              ask([&](NodeApi& node, Deadline until) { return node.next_sequence(lane_, until); }));
    if (next_sequence_ == 0) next_sequence_ = 1;
  }
  return ledger::Nonce{lane_, next_sequence_++};
}

Result<Receipted> Session::transact(const std::vector<Authorised>& operations) {
  Result<Receipted> answer = fail(ErrorCode::kUnavailable, "no node answered");
  for (int attempt = 0; attempt < kMaxSigningAttempts; ++attempt) {
    GALEN_TRY(const ledger::Nonce nonce, next_nonce());
    const ledger::Transaction transaction = sign(operations, nonce);
    bool was_sent = false;
    answer = submit(transaction, was_sent);
    // Another process took this nonce: nothing of ours can have been admitted, so a new nonce is
    // safe.
    const bool nonce_taken = !answer && answer.error().code == ErrorCode::kAlreadyExists;
    if (!nonce_taken || was_sent) return answer;
    lane_ = static_cast<std::uint16_t>((lane_ + 1) % limits::kMaxLanes);
    next_sequence_ = 0;
  }
  return answer;
}

// `was_sent` tells that some node may have got the bytes before the last answer.
Result<Receipted> Session::submit(const ledger::Transaction& transaction, bool& was_sent) {
  const TxId id = ledger::transaction_id(transaction.header);
  const Bytes bytes = ledger::encode(transaction);
  const Deadline until = deadline();
  Error last{ErrorCode::kUnavailable, "no node answered"};
  do {
    for (const auto& node : nodes_) {
      auto answer = node->submit(bytes, attempt_deadline(until));
      if (answer && !answer->error && answer->committed) {
        was_sent = true;
        tell_silent(*node);
        auto confirmed = confirm(
            *node,
            transaction,
            {id, answer->height, answer->block, answer->receipt.ok, std::move(answer->results)});
        if (confirmed || !is_transient(confirmed.error())) return confirmed;
        last = confirmed.error();
        continue;
      }
      if (answer && answer->error) last = *answer->error;
      if (!answer) last = answer.error();
      if (last.code == ErrorCode::kAlreadyExists && was_sent) return look_up(transaction);
      if (!is_transient(last) && last.code != ErrorCode::kResourceExhausted) {
        return tl::unexpected(last);
      }
      was_sent = was_sent || !is_connect_failure(last);
      if (is_transient(last) && nodes_.size() > 1) pass_over(*node, last);
    }
    std::this_thread::sleep_for(kRetryPause);
  } while (system_clock::now() < until);
  silent_.clear();
  if (was_sent) {
    last.message += "; transaction " + to_hex(id) + " may still be committed";
  }
  return tl::unexpected(last);
}

// A node of another organisation may say anything: its answer counts as far as it is proven.
Result<Receipted> Session::confirm(NodeApi& node,
                                   const ledger::Transaction& transaction,
                                   Receipted told) {
  if (is_own(node)) return told;
  const auto proof = node.transaction_proof(told.id, attempt_deadline(deadline()));
  if (!proof && is_transient(proof.error())) return tl::unexpected(proof.error());
  const std::string where = "the node of " + node.address().organisation;
  if (!proof) {
    return fail(ErrorCode::kCorrupt,
                where + " gives no proof of its answer: " + proof.error().message);
  }
  auto checked = check_commit(transaction, *proof, std::move(told.results), genesis_);
  if (!checked) return fail_in(where, checked.error());
  return checked;
}

// The transaction was admitted through an earlier attempt whose answer was lost.
Result<Receipted> Session::look_up(const ledger::Transaction& transaction) {
  const TxId id = ledger::transaction_id(transaction.header);
  const Deadline until = deadline();
  for (;;) {
    auto found = ask([&](NodeApi& node, Deadline attempt) -> Result<Receipted> {
      GALEN_TRY(auto answer, node.transaction(id, attempt));
      GALEN_TRY(const auto receipt, ledger::decode_receipt(answer.receipt));
      return confirm(node,
                     transaction,
                     {id, answer.height, BlockHash{}, receipt.ok, std::move(answer.results)});
    });
    if (found || found.error().code != ErrorCode::kNotFound) return found;
    if (system_clock::now() >= until) {
      return fail(ErrorCode::kDeadlineExceeded, "transaction " + to_hex(id) + " is not committed");
    }
    std::this_thread::sleep_for(kRetryPause);
  }
}

Result<Receipted> Session::transact_one(const Authorised& operation) {
  GALEN_TRY(auto receipted, transact({operation}));
  if (receipted.ok) return receipted;
  std::string reason = "rejected";
  if (!receipted.results.empty()) {
    reason = ledger::describe(ledger::type_of(operation.operation), receipted.results.front().code);
  }
  return fail(ErrorCode::kFailedPrecondition,
              "the ledger rejected the transaction: " + reason + " (transaction " +
                  to_hex(receipted.id) + ")");
}

}  // namespace galen::client
