// Opening a record: sign the request, commit its access entry, read it at its custodian, verify.
#include "base/hex.h"
#include "client/access_query.h"
#include "client/reception.h"
#include "client/records.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "payload/key_envelope.h"

#include <algorithm>
#include <optional>
#include <thread>

namespace galen::client {

namespace {

// The custodian's node may apply the block of the access entry a little later than the own node.
constexpr int kReleaseAttempts = 15;
constexpr std::chrono::milliseconds kReleasePause{150};

/// The index entry, when the asker may discover it: it names custodian, address and commitment.
/// Read under the access that stands already. kCorrupt when only another organisation's node says
/// that there is none.
Result<std::optional<records::RecordEntry>> discover(Session& session,
                                                     const PatientId& patient,
                                                     const RecordId& record,
                                                     const CommittedAccess& access) {
  RecordQuery query;
  query.access = access.receipted.id;
  GALEN_TRY(auto listed, find_records(session, patient, std::move(query)));
  const auto found = std::find_if(listed.entries.begin(),
                                  listed.entries.end(),
                                  [&](const auto& entry) { return entry.record.record == record; });
  if (found != listed.entries.end()) return std::optional<records::RecordEntry>(std::move(*found));
  // Without the entry nothing says what the content must be: whoever hides it could forge it.
  if (!listed.from_own_node) {
    return fail(ErrorCode::kCorrupt,
                "a node of another organisation lists no such record, which it cannot prove; try "
                "again when the own node answers");
  }
  return std::optional<records::RecordEntry>();
}

/// The custodian's node; every node in turn when the custodian is not known.
Result<std::vector<NodeApi*>> holders(const Session& session,
                                      const std::optional<records::RecordEntry>& entry) {
  if (entry) {
    GALEN_TRY(NodeApi * node, session.node_of(entry->custodian));
    return std::vector<NodeApi*>{node};
  }
  std::vector<NodeApi*> nodes;
  for (const auto& node : session.nodes()) nodes.push_back(node.get());
  return nodes;
}

}  // namespace

Result<GetResult> get_record(Session& session,
                             const GetOptions& options,
                             const Progress& progress) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto record, parse_id<RecordId>(options.record, "record id"));
  GALEN_TRY(const Requester requester, find_requester(session, options.asker, patient));
  if (!requester.agreement_key) {
    return fail(ErrorCode::kConfig,
                "the profile holds no key agreement key of " +
                    to_hex(requester.signer.account).substr(0, 12) +
                    "...; give the registered one with --agreement-key FILE");
  }
  GALEN_TRY_STATUS(ReceivedFile::check(options.out));
  GALEN_TRY(const auto project, parse_project(options.asker.project));
  const Question question{patient, options.asker.purpose, ledger::Action::kRead, {record}, project};
  GALEN_TRY(const CommittedAccess access, commit_access(session, requester, question));
  if (!access.permits.front()) {
    return fail(ErrorCode::kNotFound, "record not found or not permitted");
  }
  GALEN_TRY(const auto entry, discover(session, patient, record, access));
  GALEN_TRY(const auto nodes, holders(session, entry));
  Status last = fail(ErrorCode::kUnavailable, "the custodian did not answer");
  for (int attempt = 0; attempt < kReleaseAttempts; ++attempt) {
    for (NodeApi* node : nodes) {
      Reception reception(session, *requester.agreement_key, {record, entry, options.out});
      const auto fetch = [&](const NodeApi::HeaderSink& header, const NodeApi::ChunkSink& chunk) {
        const auto until = std::chrono::system_clock::now() + kTransferTime;
        return node->get(access.receipted.id, 0, record, header, chunk, until);
      };
      const payload::ReleaseTarget target{
          requester.agreement_key->public_key(), access.receipted.id, 0};
      const auto same = [&](const ReleasedObject&) -> Result<payload::ReleaseTarget> {
        return target;
      };
      last = reception.receive(fetch, same, progress);
      if (last) {
        return GetResult{options.record,
                         to_hex(reception.object().address),
                         reception.size(),
                         node->address().organisation,
                         reception.object().obligations,
                         entry.has_value(),
                         to_committed(access.receipted),
                         std::nullopt};
      }
      if (last.error().code != ErrorCode::kNotFound && !Session::is_transient(last.error())) {
        return tl::unexpected(last.error());
      }
    }
    std::this_thread::sleep_for(kReleasePause);
  }
  return tl::unexpected(last.error());
}

}  // namespace galen::client
