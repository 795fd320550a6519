#include "client/records.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/foreign_answers.h"
#include "client/receipt_check.h"
#include "client/record_file.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "crypto/digest.h"
#include "payload/key_envelope.h"
#include "payload/storage_receipt.h"

namespace galen::client {

namespace {

// Keep-alive ends a dead connection; this only bounds a living one that never finishes.
constexpr auto kTransferTime = std::chrono::hours(1);
constexpr std::size_t kMaxListed = 100'000;

Result<ledger::AppendRecord> describe(Session& session, const PutOptions& options) {
  ledger::AppendRecord record;
  GALEN_TRY(record.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(record.record_class, parse_code<ledger::RecordClass>(options.record_class, "--class"));
  GALEN_TRY(record.confidentiality,
            parse_code<ledger::Confidentiality>(options.confidentiality, "--confidentiality"));
  GALEN_TRY(
      const WrittenLabels labels,
      write_labels(session, record.patient, options.labels, LabelUse::kRecord, options.labels_as));
  record.labels = labels.labels;
  record.labels_key_id = labels.key_id;
  record.created = session.now();
  record.service_date = date_of(record.created);
  if (!options.service_date.empty()) {
    GALEN_TRY(record.service_date, parse_date(options.service_date, "--service-date"));
  }
  for (const auto& text : options.related) {
    record.related.push_back(related_id(record.patient, text));
  }
  sort_unique(record.related);
  GALEN_TRY(record.authors, parse_ids<AccountId>(options.authors, "--author"));
  record.mime_type = options.mime_type.empty() ? guess_mime_type(options.file) : options.mime_type;
  record.withhold_from_patient = options.withhold_from_patient;
  record.seed = session.random().next<Random32>();
  record.record = ledger::record_id(session.chain(), session.organisation().id, record.seed);
  return record;
}

Result<std::vector<Bytes>> seal_envelopes(Session& session,
                                          const payload::ObjectName& object,
                                          const PatientId& patient,
                                          const crypto::RecordKey& key) {
  GALEN_TRY(const PublicKey patient_key, patient_agreement_key(session, patient));
  GALEN_TRY(const PublicKey own_key, own_agreement_key(session));
  GALEN_TRY(const auto custodian,
            payload::seal_envelope(
                object, {payload::WrapUse::kCustodian, session.organisation().id, own_key}, key));
  GALEN_TRY(
      const auto for_patient,
      payload::seal_envelope(
          object, {payload::WrapUse::kPatient, id_cast<AccountId>(patient), patient_key}, key));
  return std::vector<Bytes>{custodian.encode(), for_patient.encode()};
}

Result<payload::StorageReceipt> upload(Session& session,
                                       const PutObject& object,
                                       SealedFile& sealed,
                                       const Progress& progress) {
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  std::uint64_t sent = 0;
  const auto source = [&]() -> Result<std::optional<Bytes>> {
    auto chunk = sealed.next();
    if (chunk && chunk->has_value()) {
      sent += (*chunk)->size() - crypto::kAeadTagBytes;
      if (progress) progress(sent, sealed.header.plaintext_size);
    }
    return chunk;
  };
  const auto until = std::chrono::system_clock::now() + kTransferTime;
  auto answer = node->put(object, source, until);
  if (!answer && Session::is_transient(answer.error())) {
    sealed.rewind();
    sent = 0;
    answer = node->put(object, source, until);
  }
  if (!answer) return tl::unexpected(answer.error());
  const SentObject expected{
      object.record, object.address, sealed.header.plaintext_size, session.organisation().id};
  return check_storage_receipt(*answer, expected, session.genesis());
}

RecordView to_view(Session& session, const records::RecordEntry& entry) {
  const ledger::AppendRecord& record = entry.record;
  RecordView view;
  view.record = to_hex(record.record);
  view.patient = to_hex(record.patient);
  view.custodian = session.organisation_name(entry.custodian);
  view.record_class = name(record.record_class);
  view.confidentiality = name(record.confidentiality);
  view.labels = session.labels().read(record.patient, record.labels, record.labels_key_id);
  view.labels_key_id = record.labels_key_id;
  view.service_date = date_text(record.service_date);
  view.mime_type = record.mime_type;
  view.size = record.size;
  view.address = to_hex(record.payload);
  view.status = name(entry.status);
  for (const auto& related : record.related) view.related.push_back(to_hex(related));
  view.created_ms = record.created.value;
  return view;
}

Status read_filter(const ListOptions& options, RecordQuery& query) {
  if (!options.classes.empty()) {
    GALEN_TRY(query.classes,
              (parse_mask<ledger::RecordClass, ledger::ClassSet>(
                  options.classes, ledger::kAllClasses, "--class")));
  }
  if (!options.from.empty()) {
    GALEN_TRY(const auto date, parse_date(options.from, "--from"));
    query.from = date.days;
  }
  if (!options.to.empty()) {
    GALEN_TRY(const auto date, parse_date(options.to, "--to"));
    query.to = date.days;
  }
  if (!options.status.empty()) {
    GALEN_TRY(const auto status, parse_code<ledger::RecordStatus>(options.status, "--status"));
    query.status = static_cast<std::uint32_t>(status);
  }
  GALEN_TRY(query.at_height, parse_height(options.at));
  query.with_proofs = options.with_proofs;
  if (query.with_proofs && query.at_height != 0) {
    return fail(ErrorCode::kInvalidArgument,
                "--proofs: not with --at; of what stood in the past there is no proof");
  }
  return {};
}

/// Under a committed access of the asker, or the custodian's own.
Result<RecordQuery> make_query(Session& session,
                               const ListOptions& options,
                               const PatientId& patient) {
  RecordQuery query;
  GALEN_TRY_STATUS(read_filter(options, query));
  if (options.as_custodian) {
    query.patient = patient;
    return query;
  }
  Question question;
  question.patient = patient;
  question.purpose = options.asker.purpose;
  GALEN_TRY(question.project, parse_project(options.asker.project));
  GALEN_TRY(const Requester requester, find_requester(session, options.asker, patient));
  GALEN_TRY(const auto access, commit_listing(session, requester, std::move(question)));
  query.access = access.receipted.id;
  return query;
}

/// Asked here, where tags can be compared with names: the node sees tags only.
Result<bool> has_labels(Session& session,
                        const ledger::AppendRecord& record,
                        const std::vector<std::string>& wanted) {
  for (const std::string& label : wanted) {
    const auto found =
        session.labels().has(record.patient, {record.labels, record.labels_key_id}, label);
    if (!found) {
      return fail(ErrorCode::kInvalidArgument,
                  "--label: record " + to_hex(record.record) +
                      " has tags that this profile cannot compare; give the patient's --label-key");
    }
    if (!*found) return false;
  }
  return true;
}

Status too_many() {
  return fail(ErrorCode::kTooLarge, "more records than fit a list: filter them");
}

/// Where a list goes on, and until when.
struct Place {
  const PatientId& patient;
  const Bytes& token;
  Deadline until;
  bool with_proofs;  ///< whoever answers
};

/// Adds one node's page, proven when somebody wants the proofs or the node is another
/// organisation's; the next page's token.
Result<Bytes> add_page(const Session& session,
                       NodeApi& node,
                       RecordQuery& query,
                       const Place& place,
                       FoundRecords& found) {
  const bool is_own = session.is_own(node);
  query.with_proofs = place.with_proofs || !is_own;
  GALEN_TRY(Page page, node.records(query, place.token, place.until));
  const std::string where = "the node of " + node.address().organisation;
  if (query.with_proofs && page.proofs.size() != page.entries.size()) {
    return fail(ErrorCode::kCorrupt, where + " does not prove its index entries");
  }
  std::vector<records::RecordEntry> entries;
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    auto entry =
        query.with_proofs
            ? check_index_entry(page.entries[i], page.proofs[i], place.patient, session.genesis())
            : records::RecordEntry::decode(page.entries[i]);
    if (!entry) return fail_in(where, entry.error());
    entries.push_back(std::move(*entry));
  }
  found.from_own_node = found.from_own_node && is_own;
  found.entries.insert(found.entries.end(), entries.begin(), entries.end());
  if (query.with_proofs) {
    found.proofs.insert(found.proofs.end(), page.proofs.begin(), page.proofs.end());
  }
  return std::move(page.token);
}

Status each_page(Session& session,
                 const PatientId& patient,
                 RecordQuery& query,
                 const std::function<Status(const FoundRecords& page)>& each) {
  const bool with_proofs = query.with_proofs;
  Bytes token;
  do {
    FoundRecords page;
    const auto ask = [&](NodeApi& node, Deadline until) {
      return add_page(session, node, query, Place{patient, token, until, with_proofs}, page);
    };
    GALEN_TRY(Bytes next, session.ask_at(query.at_height, ask));
    GALEN_TRY_STATUS(each(page));
    token = std::move(next);
  } while (!token.empty());
  return {};
}

}  // namespace

Result<PutResult> put_record(Session& session,
                             const PutOptions& options,
                             const Progress& progress) {
  return store_record(
      session, options, [](const ledger::AppendRecord& record) { return record; }, progress);
}

Result<PutResult> store_record(
    Session& session,
    const PutOptions& options,
    const std::function<ledger::Operation(const ledger::AppendRecord&)>& operation_of,
    const Progress& progress) {
  GALEN_TRY(ledger::AppendRecord record, describe(session, options));
  auto key = session.random().next<crypto::RecordKey>();
  auto sealed =
      seal_file(options.file, {session.chain(), record.record, key}, session.random(), Progress());
  if (!sealed) return tl::unexpected(sealed.error());
  const payload::ObjectName object{session.chain(), record.record, sealed->address};
  auto envelopes = seal_envelopes(session, object, record.patient, key);
  crypto::cleanse(key.value);
  if (!envelopes) return tl::unexpected(envelopes.error());
  record.size = sealed->header.plaintext_size;
  record.payload = sealed->address;
  record.content_commitment = sealed->content_commitment;
  const PutObject put{record.record,
                      record.patient,
                      sealed->address,
                      sealed->header.encode(),
                      std::move(*envelopes)};
  GALEN_TRY(const auto receipt, upload(session, put, *sealed, progress));
  GALEN_TRY(const auto receipted, session.transact_one({operation_of(record), {}}));
  return PutResult{to_hex(record.record),
                   to_hex(record.payload),
                   record.size,
                   receipt.time.value,
                   to_committed(receipted)};
}

Status each_record_page(Session& session,
                        const ListOptions& options,
                        const std::function<Status(const FoundRecords& page)>& each) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(RecordQuery query, make_query(session, options, patient));
  return each_page(session, patient, query, each);
}

Result<FoundRecords> find_records(Session& session, const PatientId& patient, RecordQuery query) {
  FoundRecords found;
  GALEN_TRY_STATUS(each_page(session, patient, query, [&](const FoundRecords& page) -> Status {
    found.from_own_node = found.from_own_node && page.from_own_node;
    found.entries.insert(found.entries.end(), page.entries.begin(), page.entries.end());
    return found.entries.size() <= kMaxListed ? Status{} : too_many();
  }));
  return found;
}

Result<std::vector<RecordView>> list_records(Session& session, const ListOptions& options) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(RecordQuery query, make_query(session, options, patient));
  GALEN_TRY_STATUS(check_labels(session.labels(), options.labels));
  if (!options.label_key.empty()) {
    GALEN_TRY_STATUS(session.labels().read_key(options.label_key, patient));
  }
  std::vector<RecordView> views;
  const Status listed = each_page(session, patient, query, [&](const FoundRecords& page) -> Status {
    for (std::size_t i = 0; i < page.entries.size(); ++i) {
      const auto& entry = page.entries[i];
      GALEN_TRY(const bool wanted, has_labels(session, entry.record, options.labels));
      if (!wanted) continue;
      views.push_back(to_view(session, entry));
      if (options.with_proofs) views.back().proof = page.proofs[i];
    }
    return views.size() <= kMaxListed ? Status{} : too_many();
  });
  // Another's patient, or nobody's: both look the same.
  if (!listed && options.as_custodian && listed.error().code == ErrorCode::kUnauthenticated)
    return fail(ErrorCode::kNotFound, "no such patient of this organisation");
  if (!listed) return tl::unexpected(listed.error());
  return views;
}

}  // namespace galen::client
