// The operations a load generator submits. Thread rule: one thread per Workload.
#pragma once

#include "base/result.h"
#include "client/access_query.h"
#include "client/authorise.h"
#include "client/session.h"
#include "ledger/operation.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace galen::bench {

struct WorkloadPlan {
  std::string operation = "record";  ///< record, grant, patient or access
  int patients = 32;                 ///< that they are about
  int grants = 0;                    ///< that each of them gives beforehand
};

/// record: AppendRecord, one signature. grant: GrantAccess, signed by the patient too. patient:
/// RegisterPatient with fresh keys and their proofs of possession. access: LogAccess of a clinician
/// who reads the patient's one record, signed by the clinician too.
class Workload {
 public:
  /// Registers whom the operations are about. kInvalidArgument for an unknown operation,
  /// kFailedPrecondition when the ledger refuses; otherwise as Session::transact.
  [[nodiscard]] static Result<Workload> prepare(client::Session& session, const WorkloadPlan& plan);

  /// The next operation, never the same twice.
  [[nodiscard]] client::Authorised next();

 private:
  enum class Kind : std::uint8_t { kRecord, kGrant, kPatient, kAccess };

  struct Patient {
    client::Signer signer;
    RecordId record;  ///< of an access
  };

  Workload(client::Session& session, Kind kind) : session_(&session), kind_(kind) {}

  /// One transaction, or as many as hold them all.
  [[nodiscard]] Status commit(const std::vector<client::Authorised>& operations);
  [[nodiscard]] Status register_patients(int count);
  [[nodiscard]] Status register_clinician();
  [[nodiscard]] Status append_records();
  [[nodiscard]] Status give_grants(int count);
  [[nodiscard]] ledger::AppendRecord make_record(const client::Signer& patient);
  [[nodiscard]] client::Authorised make_grant(const client::Signer& patient);
  [[nodiscard]] client::Authorised make_access(const Patient& patient);

  client::Session* session_;
  Kind kind_;
  std::vector<Patient> patients_;
  std::optional<client::Requester> clinician_;
  std::size_t turn_ = 0;
  std::size_t grants_ = 0;
};

}  // namespace galen::bench
