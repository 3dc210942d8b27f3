/** The things on the wire, under the names that the page uses. The schema is generated: `npm run types`. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserView"];
export type Me = Schemas["OwnUserView"];
export type Room = Schemas["RoomView"];
export type Membership = Schemas["Membership"];
export type Message = Schemas["MessageView"];
export type Reaction = Schemas["ReactionView"];
export type ChartSnapshot = Schemas["ChartView"];
export type Command = Schemas["CommandView"];
export type MessagePage = Schemas["MessagePage"];
export type Member = Schemas["MemberView"];
export type Sensor = Schemas["SensorView"];
export type Device = Schemas["DeviceView"];
export type AdminJob = Schemas["OwnedJobView"];
export type WorkerProcess = Schemas["WorkerView"];
export type Digest = Schemas["DigestView"];
export type ImportResult = Schemas["ImportAnswer"];
export type Pin = Schemas["PinView"];
export type Dashboard = Schemas["DashboardView"];
export type Tile = Schemas["TileView"];
export type AlertRule = Schemas["RuleView"];
export type SensorAlert = Schemas["AlertView"];
/** What a message says of an alert. */
export type AlertSnapshot = Schemas["MessageAlert"];
export type Silence = Schemas["SilenceView"];
export type Friend = Schemas["FriendView"];
export type FriendRequest = Schemas["FriendRequestView"];
export type Conversation = Schemas["ConversationView"];
export type Blocked = Schemas["BlockedView"];
export type Ban = Schemas["BanView"];
export type Invitation = Schemas["InvitationView"];
/** A notification; not to be taken for the little windows of the same name. */
export type Notice = Schemas["NotificationView"];
export type FilterWord = Schemas["WordView"];
export type Flag = Schemas["FlagView"];
