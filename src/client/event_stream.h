// One call of Ledger.Watch to one node, as plain values; gRPC stays in event_stream.cpp. Silence is
// noticed: a node that lives sends heartbeats. Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "client/node_api.h"
#include "ledger/event_cursor.h"
#include "ledger/header_chain.h"
#include "ledger/receipt.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// Numbers of EventKind (proto/galen/v1/galen.proto).
enum class EventKind : std::uint8_t {
  kHeartbeat = 0,
  kBlock = 1,
  kPatientRegistered = 2,
  kPractitionerRegistered = 3,
  kAccessGranted = 4,
  kAccessDenied = 5,
  kGrantRevoked = 6,
  kRecordAppended = 7,
  kAccessDecided = 8,
  kRejected = 9,
  kRecordReplaced = 10,
  kRecordRetracted = 11,
  kEmergencyDeclared = 12,
  kEmergencyReleased = 13,
  kEmergencyReviewed = 14,
  kAccountChanged = 15,
  kRelationChanged = 16,
  kGroupChanged = 17,
  kErasure = 18,
  kJournalAnchored = 19,
  kAdministration = 20,
};

/// "block", "patient-registered", ...; "?" for a kind this version does not know.
[[nodiscard]] std::string name(EventKind kind);
/// Exactly the names, but for the heartbeat's. nullopt for others.
[[nodiscard]] std::optional<EventKind> parse_event_kind(const std::string& text);
/// All of them, for messages: "block, patient-registered, ...".
[[nodiscard]] std::string event_kind_names();

struct EventQuery {
  std::optional<ledger::EventCursor> cursor;
  Height from;  ///< without a cursor; 0 = behind the head
  std::optional<PatientId> patient;
  std::vector<EventKind> kinds;
  Bytes request;  ///< of a patient about himself, with its authorisation
  Bytes authorisation;
  std::optional<TxId> access;  ///< of anybody else about one patient: a committed listing
  bool with_headers = false;
  bool headers_only = false;
};

struct DecisionAnswer {
  RecordId record;
  bool permit = false;
  std::string reason;
  Bytes grant;  ///< empty or a GrantId
};

/// Of a declaration, a release or a review; whose it is stands beside it.
struct EmergencyAnswer {
  DeclarationId declaration;
  std::string reason;
  TimeMs from;
  TimeMs to;
  std::vector<RecordId> records;
  std::string outcome;
};

struct OperationAnswer {
  TxId transaction;
  std::uint32_t operation = 0;
  AccountId submitter;
  std::string type;
  ledger::ResultCode result{};
  PatientId subject;
  std::optional<RecordId> record;
  std::optional<GrantId> grant;
  // Of an access or an emergency:
  AccountId organisation;
  AccountId person;
  std::string purpose;
  std::string action;
  std::vector<DecisionAnswer> decisions;
  std::optional<EmergencyAnswer> emergency;
};

struct EventAnswer {
  EventKind kind = EventKind::kHeartbeat;
  Height height;  ///< of a heartbeat: the node's head
  std::uint32_t index = 0;
  ledger::EventCursor next;
  TimeMs time;
  BlockHash block;
  std::uint32_t transactions = 0;
  std::uint32_t operations = 0;
  std::optional<ledger::CertifiedHeader> header;
  std::optional<OperationAnswer> operation;
};

class EventStream {
 public:
  /// Asks; the first answer comes with next().
  EventStream(NodeApi& node, const EventQuery& query);
  /// Cancels the call.
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// The next message. kDeadlineExceeded when none comes in time, after which the call is over;
  /// else the node's own error, kMalformed for an answer that does not decode.
  [[nodiscard]] Result<EventAnswer> next(Deadline deadline);

 private:
  class Call;
  std::unique_ptr<Call> call_;
};

}  // namespace galen::client
