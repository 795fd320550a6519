// Watching a ledger: what was committed, in order, once each, and certified headers for light
// clients. Ids, hashes and cursors are hexadecimal text. Thread rule: values.
#pragma once

#include "galen/evidence.h"
#include "galen/types.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct WatchOptions {
  std::string patient;             ///< events about him only; empty = whatever the caller may see
  std::vector<std::string> kinds;  ///< "block", "record-appended", ... (docs/api.md); empty = all
  std::optional<std::uint64_t> from;  ///< first height; default: what comes from now on
  std::string cursor;                 ///< of the last event that was dealt with; goes on behind it
  std::optional<Asker> asker;         ///< a person who may see more of the patient
  bool verify = false;                ///< every block's header against its certificate and parent
  bool to_head = false;               ///< ends at the head that the node had when it answered
  std::uint64_t count = 0;            ///< ends after so many events; 0 = does not
  std::uint32_t duration_s = 0;       ///< ends after so long; 0 = does not
};

/// What people of the own organisation asked for, at whichever hospital.
struct OwnAccessOptions {
  std::string person;      ///< of this one only; empty = all
  std::string patient;     ///< about this one only; empty = all
  std::string from;        ///< block time, RFC 3339 instant or date; empty = the beginning
  std::string to;          ///< exclusive; empty = up to the head
  bool emergency = false;  ///< declarations, releases and accesses in emergencies only
  bool denied = false;     ///< only where something was refused
};

/// Of a declaration, a release or a review; empty or 0 where it does not apply.
struct EmergencyEvent {
  std::string declaration;
  std::string reason;                ///< of a declaration
  std::uint64_t from_ms = 0;         ///< of a declaration; of a release its instant
  std::uint64_t to_ms = 0;           ///< of a declaration, exclusive
  std::vector<std::string> records;  ///< scope of a declaration; empty: all of the patient's
  std::string outcome;               ///< of a review
};

struct EventView {
  std::string kind;
  std::uint64_t height = 0;
  std::uint32_t index = 0;  ///< in its block; 0 is the block itself
  std::string cursor;       ///< to go on behind this event, at any node
  std::uint64_t time_ms = 0;
  std::string block;
  // Of a block:
  std::uint32_t transactions = 0;
  std::uint32_t operations = 0;
  std::vector<std::string> signers;  ///< when its header was verified
  // Of an operation; empty where it does not apply:
  std::string transaction;
  std::string submitter;
  std::string type;
  std::string result;  ///< name of the code, when rejected
  std::string subject;
  std::string record;
  std::string grant;
  std::string organisation;
  std::string person;
  std::string purpose;
  std::string action;  ///< of an access; "LIST", "AUDIT-READ" without single records
  std::vector<AccessDecision> decisions;  ///< rule and grant only where they may be seen
  std::optional<EmergencyEvent> emergency;
};

/// Called for each event in order, on the calling thread; false ends the watch.
using EventSink = std::function<bool(const EventView& event)>;

struct WatchEnd {
  std::uint64_t events = 0;  ///< given to the sink
  std::string cursor;        ///< where to go on; empty when no node has answered
};

struct FollowOptions {
  std::string state_file;   ///< keeps the trusted head; empty = from genesis, forgotten at the end
  bool to_head = false;     ///< ends at the head that the node had when it answered
  std::uint64_t count = 0;  ///< ends after so many headers; 0 = does not
  std::uint32_t duration_s = 0;  ///< ends after so long; 0 = does not
};

struct HeaderView {
  std::uint64_t height = 0;
  std::string hash;
  std::string parent;
  std::uint64_t time_ms = 0;
  std::uint64_t epoch = 0;
  std::string state_root;
  std::vector<std::string> signers;
};

using HeaderSink = std::function<bool(const HeaderView& header)>;

struct FollowEnd {
  std::uint64_t headers = 0;  ///< given to the sink
  std::uint64_t height = 0;   ///< of the trusted head; 0 = genesis
  std::string hash;
  std::optional<EvidenceReport>
      fork;                   ///< two certified histories: nothing of the second is trusted
  std::string evidence_file;  ///< where the evidence of the fork was left
};

}  // namespace galen::client
