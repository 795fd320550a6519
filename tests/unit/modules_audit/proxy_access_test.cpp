// decide() through LogAccess for who acts for a patient: step 5 on the chain.
#include "modules/audit/audit.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "support/identity_steps.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::AuthorisationRole;
using ledger::ResultCode;
using policy::Reason;
using test::HealthWorld;
using test::Party;

class ProxyAccess : public ::testing::Test {
 protected:
  void authorise() { ASSERT_EQ(world.execute(operation, custodian).code, ResultCode::kOk); }

  ledger::AccessRequest ask(const RecordId& id, const std::string& purpose = "FAMRQT") {
    auto request = world.request(proxy, reader.id, patient, {id});
    request.purpose = purpose;
    return request;
  }

  /// The reason in the patient's log.
  Reason log(const ledger::AccessRequest& request,
             AuthorisationRole role = AuthorisationRole::kProxy) {
    const ledger::Operation access = ledger::LogAccess{request};
    const auto result = world.execute(access, reader, {world.sign(access, proxy, role)});
    EXPECT_EQ(result.code, ResultCode::kOk);
    const auto count = load_access_range(world.state, patient.patient()).count;
    const auto entry = load_access(world.state, patient.patient(), count - 1).value();
    const auto outcome = AccessOutcome::decode(result.detail).value();
    EXPECT_EQ(outcome.permits.front(), entry.decisions.front().permit());
    return entry.decisions.front().reason;
  }

  RecordId add_record(std::vector<std::string> labels,
                      std::optional<std::uint32_t> key_id = std::nullopt,
                      bool withhold = false) {
    auto added = world.record_operation(custodian, patient.patient());
    added.labels = std::move(labels);
    added.labels_key_id = key_id;
    added.withhold_from_patient = withhold;
    EXPECT_EQ(world.execute(added, custodian).code, ResultCode::kOk);
    return added.record;
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party reader = world.hospitals[1];
  Party patient = world.add_patient(custodian);
  RecordId record = world.add_record(custodian, patient);
  ledger::AuthorizeProxy operation =
      test::proxy_operation(world, patient, test::test_key(50), custodian.id);
  Party proxy{operation.proxy, test::test_key(50)};
};

TEST_F(ProxyAccess, ReadsForItsPurposesOnly) {
  EXPECT_EQ(log(ask(record)), Reason::kNotAuthenticated);
  authorise();
  EXPECT_EQ(log(ask(record)), Reason::kProxy);
  EXPECT_EQ(log(ask(record, "PWATRNY")), Reason::kProxyNotAuthorized);
  EXPECT_EQ(log(ask(record, "TREAT")), Reason::kPurpose);
  EXPECT_EQ(log(ask(record), AuthorisationRole::kRequester), Reason::kNotAuthenticated);
  EXPECT_EQ(log(ask(record), AuthorisationRole::kPatient), Reason::kNotAuthenticated);
}

TEST_F(ProxyAccess, NeedsItsOwnSignatureAndRecipientKey) {
  authorise();
  auto request = ask(record);
  request.recipient_key = test::test_key(51).public_key();
  EXPECT_EQ(log(request), Reason::kRecipientKey);
  proxy.key = test::test_key(51);
  EXPECT_EQ(log(ask(record)), Reason::kNotAuthenticated);
}

TEST_F(ProxyAccess, AgesOutByBlockTime) {
  operation.from = TimeMs{world.now.value + 10};
  authorise();
  EXPECT_EQ(log(ask(record)), Reason::kProxyExpired);
  world.now = operation.from;
  EXPECT_EQ(log(ask(record)), Reason::kProxy);
  world.now = TimeMs{operation.to.value - 1};
  EXPECT_EQ(log(ask(record)), Reason::kProxy);
  world.now = operation.to;
  EXPECT_EQ(log(ask(record)), Reason::kProxyExpired);
}

TEST_F(ProxyAccess, AReleaseAsksTheClockToo) {
  authorise();
  const auto request = ask(record);
  const auto at = [&](TimeMs clock) {
    return evaluate(world.state,
                    world.parameters,
                    *load_requester(world.state, request),
                    {request.patient, record},
                    policy_request(request, policy::Instant{world.now, clock}))
        .reason;
  };
  EXPECT_EQ(at(TimeMs{operation.to.value - 1}), Reason::kProxy);
  EXPECT_EQ(at(operation.to), Reason::kProxyExpired);
}

TEST_F(ProxyAccess, ExcludedAndWithheldRecordsStayHidden) {
  operation.excluded_labels = {"SEX"};
  authorise();
  EXPECT_EQ(log(ask(add_record({"HIV", "SEX"}))), Reason::kProxyScope);
  EXPECT_EQ(log(ask(add_record({"HIV"}))), Reason::kProxy);
  EXPECT_EQ(log(ask(add_record({"0a"}, 1))), Reason::kProxyScope);
  EXPECT_EQ(log(ask(add_record({}, std::nullopt, true))), Reason::kWithheldFromPatient);
}

TEST_F(ProxyAccess, ExcludedTagsAreComparedUnderTheirKey) {
  operation.excluded_labels = {"0a"};
  operation.labels_key_id = 1;
  authorise();
  EXPECT_EQ(log(ask(add_record({"0a"}, 1))), Reason::kProxyScope);
  EXPECT_EQ(log(ask(add_record({"0b"}, 1))), Reason::kProxy);
  EXPECT_EQ(log(ask(add_record({"0b"}, 2))), Reason::kProxyScope);
  EXPECT_EQ(log(ask(add_record({"HIV"}))), Reason::kProxyScope);
  EXPECT_EQ(log(ask(record)), Reason::kProxy);
}

TEST_F(ProxyAccess, RevokedProxiesReadNothing) {
  authorise();
  ASSERT_EQ(world.execute(ledger::RevokeProxy{patient.patient(), proxy.id, {}}, custodian).code,
            ResultCode::kOk);
  EXPECT_EQ(log(ask(record)), Reason::kProxyExpired);
}

TEST_F(ProxyAccess, OfOnePatientIsNobodyToAnother) {
  authorise();
  const Party other = world.add_patient(custodian);
  const RecordId others = world.add_record(custodian, other);
  auto request = ask(others);
  request.patient = other.patient();
  EXPECT_FALSE(load_requester(world.state, request).has_value());
}

TEST_F(ProxyAccess, ALinkOpensNothing) {
  const Party other = world.add_patient(custodian);
  const RecordId others = world.add_record(custodian, other);
  const auto pair =
      std::minmax({patient.patient(), other.patient()});  // values, not references to temporaries
  ASSERT_EQ(world.execute(ledger::LinkPatient{pair.first, pair.second}, custodian).code,
            ResultCode::kOk);
  ledger::AccessRequest request = world.request(patient, custodian.id, other, {others});
  request.purpose = "PATRQT";
  EXPECT_FALSE(load_requester(world.state, request).has_value());
}

}  // namespace
}  // namespace galen::audit
