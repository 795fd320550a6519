#include "formats.h"

#include "ledger/event_cursor.h"
#include "ledger/evidence.h"
#include "ledger/fail_stop.h"
#include "ledger/header_chain.h"
#include "samples.h"

namespace galen::ledger::samples {

namespace {

template <class T>
Result<Bytes> encoded(Result<T> value) {
  if (!value) return tl::unexpected<Error>(std::move(value).error());
  return encode(*value);
}

/// A format whose decoder takes bytes and whose encoder is `encode`.
template <class T>
Format format(std::string name, const T& value, Result<T> (*decode)(BytesView)) {
  return Format{
      std::move(name), encode(value), [decode](BytesView bytes) { return encoded(decode(bytes)); }};
}

template <class T>
Format value_format(std::string name, const T& value) {
  return Format{std::move(name), value.encode(), [](BytesView bytes) -> Result<Bytes> {
                  GALEN_TRY(const T decoded, T::decode(bytes));
                  return decoded.encode();
                }};
}

Evidence evidence() {
  const VoteSlot slot{Epoch{0}, ValidatorIndex{2}, Height{258}, View{3}, VoteType::kCommit};
  return make_evidence(pattern<ChainId>(0xa0),
                       slot,
                       {pattern<BlockHash>(0x10), fixed_signature(1)},
                       {pattern<BlockHash>(0x20), fixed_signature(2)});
}

FailStopBundle fail_stop() {
  Certificate other = certificate();
  other.subject.block = pattern<BlockHash>(0x55);
  return {pattern<ChainId>(0xa0), "two certificates", {certificate(), other}, block_header()};
}

Transaction half_erased() {
  Transaction result = transaction();
  OperationSlot& slot = result.operations[0];
  slot = operation_commitment(result.header.chain, 0, std::get<OperationBody>(slot));
  return result;
}

void add_statements(std::vector<Format>& list) {
  const auto chain = pattern<ChainId>(0xa0);
  const Bytes operation = encode(first_operations()[2]);
  const auto subject = pattern<PatientId>(0x10);
  const Bytes statement = authorisation_statement(
      chain, authorisation(), subject, OperationType::kGrantAccess, operation);
  list.push_back({"authorisation_statement", statement, nullptr});
  list.push_back({"grant_id", to_bytes(grant_id(statement).view()), nullptr});
  list.push_back({"vote_statement", vote_statement(chain, certificate().subject), nullptr});
  const auto account = pattern<AccountId>(0x20);
  list.push_back({"possession_statement",
                  possession_statement(KeyUse::kAgreement, account, fixed_key(0x84)),
                  nullptr});
  list.push_back(
      {"journal_receipt_statement",
       journal_receipt_statement(chain, pattern<JournalId>(0x5b), 12, pattern<Digest>(1)),
       nullptr});
  list.push_back({"signing_bytes", signing_bytes(transaction().header), nullptr});
}

void add_hashes(std::vector<Format>& list) {
  const Transaction tx = transaction();
  const auto chain = pattern<ChainId>(1);
  const auto account = pattern<AccountId>(2);
  const auto seed = pattern<Random32>(3);
  const auto hash = [&list](const char* name, BytesView bytes) {
    list.push_back({name, to_bytes(bytes), nullptr});
  };
  hash("chain_id", chain_id(fixed_genesis()));
  hash("evidence_id", evidence_id(evidence()));
  hash("transaction_id", transaction_id(tx.header));
  hash("transaction_leaf", transaction_leaf(tx.header, tx.signature));
  hash("block_hash", block_hash(block_header()));
  hash("patient_id", patient_id(chain, account, seed));
  hash("practitioner_id", practitioner_id(chain, account, seed));
  hash("record_id", record_id(chain, account, seed));
  hash("group_id", group_id(chain, account, seed));
  DeclareEmergency declared;
  declared.seed = seed;
  declared.person = account;
  declared.to = TimeMs{7};
  hash("declaration_id", declaration_id(chain, declared));
  hash("erasure_id", erasure_id(chain, account, seed));
  hash("hold_id", hold_id(chain, account, seed));
  hash("guardian_id", guardian_id(chain, account, fixed_key(4)));
  hash("proxy_id", proxy_id(chain, pattern<PatientId>(2), fixed_key(4)));
  hash("subject_path", subject_path(pattern<PatientId>(2)));
  hash("record_path", record_path(pattern<RecordId>(2)));
  hash("journal_entry", journal_entry_hash(chain, log_emergency()));
  hash("organisation_id", organisation_id(fixed_key(4)));
  hash("validators_hash", validators_hash(validator_set(fixed_genesis())));
  hash("result_commitment", result_commitment(seed, operation_result()));
  hash("receipts_root", receipts_root({receipt(), receipt(), receipt()}));
  hash("state_leaf", state_proof().main_path.leaf->hash());
  hash("value_commitment", value_commitment(pattern<Digest>(1), to_bytes("value")));
  hash("leaf_salt", leaf_salt(seed, pattern<Digest>(1)));
  hash("node_hash", node_hash(pattern<Digest>(1), pattern<Digest>(2)));
  hash("key_hash", state_proof().key.hash());
}

}  // namespace

std::vector<Format> formats() {
  std::vector<Format> list;
  for (const Operation& operation : operations()) {
    const std::string type(name(type_of(operation)));
    list.push_back(format("operation_" + type, operation, decode_operation));
  }
  list.push_back(format("transaction", transaction(), decode_transaction));
  list.push_back(format("transaction_erased", half_erased(), decode_transaction));
  list.push_back(format("transaction_header", transaction().header, decode_transaction_header));
  list.push_back(format("operation_body",
                        std::get<OperationBody>(transaction().operations[1]),
                        decode_operation_body));
  list.push_back(format("receipt", receipt(), decode_receipt));
  list.push_back(format("operation_result", operation_result(), decode_operation_result));
  list.push_back(format("block_header", block_header(), decode_block_header));
  list.push_back(format("block", block(), decode_block));
  list.push_back(format("certificate", certificate(), decode_certificate));
  list.push_back(format("validator_set", validator_set(fixed_genesis()), decode_validator_set));
  list.push_back(format("parameters", fixed_genesis().parameters, decode_parameters));
  list.push_back(format("genesis", fixed_genesis(), decode_genesis));
  list.push_back(format("state_proof", state_proof(), decode_state_proof));
  list.push_back(format("transaction_proof", transaction_proof(), decode_transaction_proof));
  list.push_back(value_format("state_key", state_proof().key));
  list.push_back(value_format("tree_path", state_proof().main_path));
  list.push_back(format("evidence", evidence(), decode_evidence));
  list.push_back(format("fail_stop", fail_stop(), decode_fail_stop));
  list.push_back(value_format("event_cursor", EventCursor{pattern<ChainId>(0xa0), Height{258}, 3}));
  list.push_back(value_format("light_head", CertifiedHeader{block_header(), certificate()}));
  add_statements(list);
  add_hashes(list);
  return list;
}

}  // namespace galen::ledger::samples
