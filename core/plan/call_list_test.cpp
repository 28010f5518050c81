// Goal: the names that people know from libc and strace stand for the right rows, and every set of rows
// has a text that means exactly it.
#include "core/plan/call_list.h"

#include <gtest/gtest.h>

#include "core/plan/names.h"

namespace flinch {
namespace {

std::string expanded(const char* list) {
  const auto calls = parse_call_list(list);
  if (!calls) return calls.error().text;
  std::string text;
  for (const Row row : members_of(calls->all))
    text += std::string(text.empty() ? "" : ",") + descriptor(row).name;
  return text;
}

TEST(CallList, KnowsLibcFunctions) {
  EXPECT_EQ(expanded("recv"), "recvfrom");
  EXPECT_EQ(expanded("send"), "sendto");
  EXPECT_EQ(expanded("select"), "pselect6,select");
  EXPECT_EQ(expanded("waitpid"), "wait4");
  EXPECT_EQ(expanded("wait"), "wait4");
  EXPECT_EQ(expanded("mq_send"), "mq_timedsend");
  EXPECT_EQ(expanded("mq_receive"), "mq_timedreceive");
  EXPECT_EQ(expanded("sleep"), "nanosleep,clock_nanosleep");
  EXPECT_EQ(expanded("fork"), "clone3,fork,clone");
  EXPECT_EQ(expanded("sem_wait"), "futex");
}

TEST(CallList, SetsHoldTheirCalls) {
  struct Membership {
    const char* set;
    Row has;
    Row has_not;
  };
  const Membership memberships[] = {
      {"read", Row::recvmsg, Row::write},     {"write", Row::sendmsg, Row::read},
      {"wait", Row::epoll_wait, Row::read},   {"wait", Row::semop, Row::semget},
      {"accept", Row::accept4, Row::connect}, {"connect", Row::connect, Row::accept},
      {"network", Row::bind, Row::read},      {"ipc", Row::shmat, Row::read},
      {"ipc", Row::semop, Row::kill},         {"ipc", Row::mq_timedsend, Row::sendto},
      {"shm", Row::shmget, Row::msgget},      {"msg", Row::msgsnd, Row::semop},
      {"sem", Row::semtimedop, Row::shmat},   {"signal", Row::rt_sigaction, Row::read},
  };
  for (const Membership& each : memberships) {
    const auto rows = rows_of_set(each.set);
    ASSERT_TRUE(rows.has_value()) << each.set;
    EXPECT_TRUE(rows->has(each.has)) << each.set << " " << descriptor(each.has).name;
    EXPECT_FALSE(rows->has(each.has_not)) << each.set << " " << descriptor(each.has_not).name;
  }
}

TEST(CallList, WhatPeopleKnowFromStrace) {
  EXPECT_EQ(expanded("%net"), expanded("%network"));
  EXPECT_EQ(expanded("all").find(kSyscalls[0].name), 0);
  EXPECT_EQ(expanded("!/^[^r]/,/^r[^e]/,/^re[^a]/,readv"), "read");
  EXPECT_EQ(expanded("?no_such_call,read"), "read");
  EXPECT_EQ(expanded("?read"), "read");
  EXPECT_EQ(expanded("!all"), "column 1: no call is left");
  EXPECT_EQ(expanded("?no_such_call"), "column 1: no call is left");
  EXPECT_EQ(expanded("read,!write"),
            "column 6: '!' stands only before the whole list, whose calls are then left out");
  EXPECT_NE(expanded("%desc").find("epoll_ctl"), std::string::npos);
  EXPECT_NE(expanded("%process").find("execve"), std::string::npos);
  EXPECT_TRUE(parse_call_list("!read:short")->named.empty());
}

TEST(CallList, EverySetHasMembersAndEveryNameARow) {
  for (const std::string& name : set_names()) EXPECT_FALSE(rows_of_set(name)->empty()) << name;
  for (const std::string& name : call_names()) EXPECT_FALSE(rows_of_call(name).empty()) << name;
}

TEST(CallList, EndsAtTheColonBehindARegularExpression) {
  const std::string text = "/^[[:lower:]]ead$/,/^write:short";
  const auto calls = parse_call_list(text);
  ASSERT_TRUE(calls.has_value()) << calls.error().text;
  EXPECT_EQ(calls->length, text.find(":short"));
  EXPECT_TRUE(calls->all.has(Row::read));
  EXPECT_TRUE(calls->all.has(Row::writev));
  EXPECT_TRUE(calls->named.empty());
}

TEST(CallList, EverySingleRowHasATextOfItsOwn) {
  for (std::size_t i = 0; i < kRowCount; ++i) {
    RowSet one{};
    one.add(static_cast<Row>(i));
    EXPECT_EQ(expanded(print_call_list(one).c_str()), kSyscalls[i].name);
  }
}

TEST(CallList, AGreedyExpressionEndsSoon) {
  EXPECT_EQ(expanded("/(a*)*(a*)*(a*)*b$/"), "column 1: '/(a*)*(a*)*(a*)*b$/' matches no call");
}

}  // namespace
}  // namespace flinch
