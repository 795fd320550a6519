#include "cli/answer.h"
#include "cli/grammar.h"
#include "cli/groups_text.h"
#include "cli/human_text.h"
#include "cli/json_text.h"

#include <string>

namespace galen::cli {

namespace {

class GroupVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* group = grammar.group("group", "groups and projects as grantees");
    add_define(group);
    add_update(group);
    add_membership(group, "add", "a person joins a group", true);
    add_membership(group, "remove", "a person leaves a group", false);
    add_show(group);
    grammar.verb(group, "list", "every group and project", {"galen group list"}, [this] {
      const bool full = grammar_->common().full;
      return answer(
          grammar_->common(),
          [](client::Client& client) { return client.list_groups(); },
          [full](const auto& groups) { return human::text(groups, full); },
          [](const auto& groups) { return json::text(groups); });
    });
  }

 private:
  void add_define(CLI::App* group) {
    CLI::App* verb = grammar_->verb(
        group,
        "define",
        "a new group or project; this organisation becomes its steward",
        {"galen group define --name tumour-board --organisation hospital-2",
         "galen group define --kind PROJECT --name sepsis-study --document-commitment C"},
        [this] {
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.define_group(define_); },
              [](const auto& defined) { return human::text(defined, "group"); },
              [](const auto& defined) { return json::text(defined, "group"); });
        });
    verb->add_option("--name", define_.name, "letters a-z, digits and -; names no person")
        ->required();
    verb->add_option("--kind", define_.kind, "GROUP PROJECT")->capture_default_str();
    verb->add_option("--document-commitment",
                     define_.document_commitment,
                     "to its rules or protocol, as consent commit-text prints it")
        ->type_name("C");
    Grammar::repeatable(verb, "--organisation", define_.organisations, "member, repeatable");
    verb->add_option("--ends", define_.ends, "when permits to it end, e.g. +365d");
  }

  void add_update(CLI::App* group) {
    CLI::App* verb = grammar_->verb(
        group,
        "update",
        "changes the organisations of a group; only its steward",
        {"galen group update GROUP --organisation hospital-3 --remove hospital-2"},
        [this] {
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.update_group(update_); },
              [](const auto& committed) { return human::text(committed); },
              [](const auto& committed) { return json::text(committed); });
        });
    verb->add_option("group", update_.group, "group id")->required()->type_name("GROUP");
    Grammar::repeatable(verb, "--organisation", update_.organisations, "joins, repeatable");
    Grammar::repeatable(verb, "--remove", update_.removed, "leaves, repeatable");
    verb->add_option("--document-commitment",
                     update_.document_commitment,
                     "to new rules or a new protocol, as consent commit-text prints it")
        ->type_name("C");
    verb->add_option("--ends", update_.ends, "an earlier end, e.g. +30d");
  }

  void add_membership(CLI::App* group, const char* name, const char* about, bool member) {
    client::MembershipOptions& options = member ? add_ : remove_;
    options.member = member;
    const std::string example = std::string("galen group ") + name + " GROUP PRACTITIONER";
    CLI::App* verb = grammar_->verb(group, name, about, {example}, [this, &options] {
      return answer(
          grammar_->common(),
          [&options](client::Client& client) { return client.change_membership(options); },
          [](const auto& committed) { return human::text(committed); },
          [](const auto& committed) { return json::text(committed); });
    });
    verb->add_option("group", options.group, "group id")->required()->type_name("GROUP");
    verb->add_option("practitioner", options.practitioner, "practitioner id")
        ->required()
        ->type_name("PRACTITIONER");
    CLI::Option* organisation =
        verb->add_option("--organisation", options.organisation, "whose the person is, if another");
    verb->add_option("--key", options.key_file, "that organisation's signing key (PEM)")
        ->needs(organisation);
  }

  void add_show(CLI::App* group) {
    CLI::App* verb = grammar_->verb(
        group,
        "show",
        "one group, from a verified proof",
        {"galen group show GROUP --member PRACTITIONER"},
        [this] {
          return answer(
              grammar_->common(),
              [this](client::Client& client) { return client.group(shown_, person_); },
              [](const auto& shown) { return human::text(shown); },
              [](const auto& shown) { return json::text(shown); });
        });
    verb->add_option("group", shown_, "group id")->required()->type_name("GROUP");
    verb->add_option("--member", person_, "whether this person is one; for his organisation");
  }

  Grammar* grammar_ = nullptr;
  client::GroupOptions define_;
  client::GroupOptions update_;
  client::MembershipOptions add_;
  client::MembershipOptions remove_;
  std::string shown_;
  std::string person_;
};

}  // namespace

void add_group_verbs(Grammar& grammar) {
  grammar.keep<GroupVerbs>().bind(grammar);
}

}  // namespace galen::cli
