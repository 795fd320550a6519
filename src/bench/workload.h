// The operations a load generator submits. Thread rule: one thread per Workload.
#pragma once

#include "base/result.h"
#include "client/authorise.h"
#include "client/session.h"
#include "ledger/operation.h"

#include <cstddef>
#include <string>
#include <vector>

namespace galen::bench {

/// record: AppendRecord, one signature. grant: GrantAccess, signed by the patient too. patient:
/// RegisterPatient with fresh keys and their proofs of possession.
class Workload {
 public:
  /// Registers the patients the operations are about. kInvalidArgument for an unknown operation;
  /// otherwise as Session::transact.
  [[nodiscard]] static Result<Workload> prepare(client::Session& session,
                                                const std::string& operation,
                                                std::size_t patients);

  /// The next operation, never the same twice.
  [[nodiscard]] client::Authorised next();

 private:
  enum class Kind : std::uint8_t { kRecord, kGrant, kPatient };

  Workload(client::Session& session, Kind kind) : session_(&session), kind_(kind) {}

  [[nodiscard]] Status register_patients(std::size_t count);
  [[nodiscard]] client::Authorised next_record(const PatientId& patient);
  [[nodiscard]] client::Authorised next_grant(const client::Signer& signer);

  client::Session* session_;
  Kind kind_;
  std::vector<client::Signer> patients_;
  std::size_t turn_ = 0;
};

}  // namespace galen::bench
