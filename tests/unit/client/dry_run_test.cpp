// What a dry run asks the node for, and what it makes of the answers (docs/consent.md).
#include "client/dry_run.h"

#include "base/hex.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "modules/consent/grants.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace galen::client {
namespace {

using ledger::Effect;
using ledger::GranteeKind;
using ledger::Role;

/// Permits everybody afterwards what nobody had before; takes `most` requests at once.
class SuppositionNode final : public v1::Consent::Service {
 public:
  struct Asked {
    ledger::AccessRequest request;
    Role role;
  };

  grpc::Status Simulate(grpc::ServerContext* context,
                        const v1::SimulateRequest* request,
                        v1::SimulateResponse* response) override {
    ++calls;
    if (request->requests_size() > most) {
      context->AddTrailingMetadata("galen-error",
                                   std::to_string(static_cast<int>(ErrorCode::kTooLarge)));
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many decisions"};
    }
    EXPECT_EQ(request->roles_size(), request->requests_size());
    if (calls > accepted_calls) {
      response->set_result(static_cast<std::uint32_t>(ledger::ResultCode::kShadowed));
      return grpc::Status::OK;
    }
    for (int i = 0; i < request->requests_size(); ++i) {
      const auto operation = ledger::decode_operation(as_bytes(request->requests(i)));
      asked.push_back({std::get<ledger::LogAccess>(operation.value()).request,
                       static_cast<Role>(request->roles(i))});
      auto* item = response->add_items();
      item->set_request(static_cast<std::uint32_t>(i));
      item->set_record(std::string(32, 7));
      item->mutable_before()->set_record(std::string(32, 7));
      item->mutable_before()->set_reason("no-consent");
      item->mutable_after()->set_record(std::string(32, 7));
      item->mutable_after()->set_permit(true);
      item->mutable_after()->set_reason("grant");
    }
    return grpc::Status::OK;
  }

  grpc::Status ListGrants(grpc::ServerContext*,
                          const v1::ListGrantsRequest*,
                          v1::ListGrantsResponse* response) override {
    for (const auto& [id, entry] : standing) {
      auto* item = response->add_grants();
      item->set_grant_id(to_string(id.view()));
      item->set_entry(to_string(entry.encode()));
    }
    return grpc::Status::OK;
  }

  int most = 64;
  int calls = 0;
  int accepted_calls = 1000;
  std::vector<Asked> asked;
  std::map<GrantId, consent::GrantEntry> standing;
};

class DryRunTest : public ForeignNodesTest {
 protected:
  void start() {
    start_node(1, {&node_});
    open_own_node();
  }

  [[nodiscard]] ledger::GrantTerms terms(const std::string& purpose) const {
    ledger::GrantTerms terms;
    terms.patient = support::filled_id<PatientId>(9);
    terms.grantee = {GranteeKind::kOrganisation, genesis_.organisations.back().id};
    terms.purposes = {purpose};
    terms.valid_to = TimeMs{1'000'000};
    return terms;
  }

  static ProposedConsent proposal(Effect effect, const ledger::GrantTerms& terms) {
    ProposedConsent proposed;
    proposed.operations = {ledger::encode(ledger::Operation(ledger::GrantAccess{terms}))};
    proposed.concerned = {{effect, terms}};
    return proposed;
  }

  void stand(std::uint8_t number, GranteeKind kind, const AccountId& grantee) {
    consent::GrantEntry entry;
    entry.terms = terms("TREAT");
    entry.terms.grantee = {kind, grantee};
    if (entry.terms.names_group()) entry.group_version = 1;
    node_.standing.emplace(support::filled_id<GrantId>(number), entry);
  }

  [[nodiscard]] std::set<std::pair<Role, std::string>> pairs() const {
    std::set<std::pair<Role, std::string>> found;
    for (const auto& [request, role] : node_.asked) {
      if (request.person.is_zero()) found.emplace(role, request.purpose);
    }
    return found;
  }

  SuppositionNode node_;
};

TEST_F(DryRunTest, AsksForEveryRoleThatThePurposesConcern) {
  start();
  const auto view = effects_of(*session_, proposal(Effect::kPermit, terms("HOPERAT")));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(pairs(),
            (std::set<std::pair<Role, std::string>>{{Role::kBilling, "HOPERAT"},
                                                    {Role::kAuditor, "HOPERAT"}}));
  EXPECT_EQ(view->decisions.size(), 2 * genesis_.organisations.size());
  EXPECT_EQ(view->decisions.front().role, "billing");
  EXPECT_TRUE(view->decisions.front().project.empty());
  EXPECT_EQ(view->left_out, 0U);
}

TEST_F(DryRunTest, ADenialConcernsTheWholeSubtreeAndNoEmergency) {
  start();
  ASSERT_TRUE(effects_of(*session_, proposal(Effect::kDeny, terms("TREAT"))));
  EXPECT_EQ(pairs(),
            (std::set<std::pair<Role, std::string>>{{Role::kClinician, "CLINTRL"},
                                                    {Role::kClinician, "COC"},
                                                    {Role::kClinician, "ETREAT"},
                                                    {Role::kClinician, "TREAT"}}));
}

TEST_F(DryRunTest, WhatTheFirstGrantEndsOfAnOpenPolicyIsAskedForToo) {
  genesis_.parameters.implicit_policy = ledger::ImplicitPolicy::kBasicNormal;
  start();
  ASSERT_TRUE(effects_of(*session_, proposal(Effect::kPermit, terms("HRESCH"))));
  EXPECT_TRUE(pairs().contains({Role::kClinician, "TREAT"}));
  EXPECT_FALSE(pairs().contains({Role::kClinician, "BTG"}));
  stand(1, GranteeKind::kOrganisation, genesis_.organisations.back().id);
  node_.asked.clear();
  ASSERT_TRUE(effects_of(*session_, proposal(Effect::kPermit, terms("HRESCH"))));
  EXPECT_FALSE(pairs().contains({Role::kClinician, "TREAT"}));
}

TEST_F(DryRunTest, WhatIsSupersededIsConcerned) {
  start();
  stand(1, GranteeKind::kOrganisation, genesis_.organisations.back().id);
  auto superseding = terms("HLEGAL");  // for which nobody of a member may ask
  EXPECT_EQ(effects_of(*session_, proposal(Effect::kPermit, superseding)).error().code,
            ErrorCode::kInvalidArgument);
  superseding.supersedes = {support::filled_id<GrantId>(1)};
  ASSERT_TRUE(effects_of(*session_, proposal(Effect::kPermit, superseding)));
  EXPECT_TRUE(pairs().contains({Role::kClinician, "TREAT"}));
}

TEST_F(DryRunTest, PersonsAndProjectsOfStandingGrantsAreAskedUpToALimit) {
  start();
  for (std::uint8_t i = 1; i <= 70; ++i) {
    stand(i, GranteeKind::kPractitioner, support::filled_id<AccountId>(i));
  }
  for (std::uint8_t i = 100; i < 110; ++i) {
    stand(i, GranteeKind::kProject, support::filled_id<AccountId>(i));
  }
  auto named = terms("COC");
  named.grantee = {GranteeKind::kPractitioner, support::filled_id<AccountId>(200)};
  const auto view = effects_of(*session_, proposal(Effect::kPermit, named));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->left_out, 6U + 2U);
  std::set<AccountId> persons;
  std::set<std::optional<AccountId>> projects;
  for (const auto& [request, role] : node_.asked) {
    projects.insert(request.project);
    if (request.person.is_zero()) continue;
    EXPECT_TRUE(request.organisation.is_zero()) << "the node knows it";
    persons.insert(request.person);
  }
  EXPECT_EQ(persons.size(), 65U);
  EXPECT_TRUE(persons.contains(named.grantee.id));
  EXPECT_EQ(projects.size(), 9U) << "none, and eight";
}

TEST_F(DryRunTest, AsksForLessAtOnceWhenTheNodeSaysSo) {
  start();
  node_.most = 3;
  const auto view = effects_of(*session_, proposal(Effect::kDeny, terms("TREAT")));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(node_.asked.size(), 4 * genesis_.organisations.size());
  EXPECT_EQ(view->decisions.size(), node_.asked.size());
  node_.most = 0;
  EXPECT_EQ(effects_of(*session_, proposal(Effect::kDeny, terms("TREAT"))).error().code,
            ErrorCode::kTooLarge);
}

TEST_F(DryRunTest, ARefusalMeanwhileLeavesNoHalfAnswer) {
  start();
  node_.most = 4;
  node_.accepted_calls = 4;  // the first look, two that are too large, one answer
  const auto view = effects_of(*session_, proposal(Effect::kDeny, terms("TREAT")));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->result, "shadowed");
  EXPECT_TRUE(view->decisions.empty());
}

}  // namespace
}  // namespace galen::client
